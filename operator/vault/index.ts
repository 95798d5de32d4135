export * from "./client";
export * from "./kv";
