/** In the place of an optional package that is left out: @tx/backend takes it for not installed. */
export default {};
