import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** A program of few resources: the name of each begins with the name given, and so does each output that it returns. */
export type Declare = (name: string) => Record<string, unknown> | void;

/** A program that must not pass, and a rule that must say so. */
export interface Bad {
  readonly rule: string;
  readonly declare: Declare;
}

/** Begins what is secret in every program, so that a message which shows a value is found. */
export const CANARY = "canary";

/** A made up value that looks generated; the same for the same words. No scanner finds a credential in this project. */
export function made(words: string): string {
  return CANARY + createHash("sha256").update(words).digest("hex").slice(0, 26);
}

/** Settings that the programs read: `external` is encrypted, `open` stands in plain text under a harmless name. */
export const SETTINGS = {
  external: { value: made("an encrypted setting"), secret: true },
  open: { value: made("a plain setting") },
};

/** The encrypted setting. */
export function external(): pulumi.Output<string> {
  return new pulumi.Config().requireSecret("external");
}

/** The setting in plain text. */
export function open(): string {
  return new pulumi.Config().require("open");
}

/** A resource of a provider whose SDK is not installed here. */
export class Other extends pulumi.CustomResource {
  constructor(
    type: string,
    name: string,
    inputs: pulumi.Inputs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(type, name, inputs, opts);
  }
}

/** An address with a password; composed, so that no scanner takes it for one. */
export function address(password: string): string {
  return ["postgres://app", `${password}@db.example.com/app`].join(":");
}

/** A private key's frame around a made up body. */
export function pem(words: string): string {
  const frame = (word: string) => `-----${word} PRIVATE ${"KEY"}-----`;
  return [frame("BEGIN"), made(words), frame("END"), ""].join("\n");
}

/** A text in base64. */
export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
