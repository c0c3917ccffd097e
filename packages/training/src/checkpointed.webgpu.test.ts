import "./checkpointed.test";
