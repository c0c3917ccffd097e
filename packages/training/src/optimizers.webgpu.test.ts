import "./optimizers.test";
