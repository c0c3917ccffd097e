// Before the tests of most projects: what trains a model registers gradients, and most tests of parts
// train by tfjs's own tape, which does not.
import { registerGradients } from "../gradients";

registerGradients();
