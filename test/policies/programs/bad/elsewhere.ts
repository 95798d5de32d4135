import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { Bucket } from "@pulumi/aws/s3/bucket";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { Bad, Other, address, base64, external, made, pem } from "../program";

const page = (name: string, content: pulumi.Input<string>) =>
  void new Other("example:index:Page", `${name}-page`, { content });
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const digest = (words: string) => createHash("sha256").update(words).digest("hex");

/** A token of a provider's form, composed here. */
const token = ["ghp", digest("a token").slice(0, 36)].join("_");
const signed = [
  part({ alg: "HS256", typ: "JWT" }),
  part({ sub: made("subject") }),
  digest("signature"),
].join(".");
const keyFile = JSON.stringify({ type: "service_account", private_key: pem("key file") });

/** Credentials in places that nobody thinks of. */
export const elsewhere: Readonly<Record<string, Bad>> = {
  "address-anywhere": {
    rule: "no-address-with-password",
    declare: (name) => page(name, `connect to ${address(made("anywhere"))} for more`),
  },
  "address-marked": {
    rule: "no-address-with-password",
    declare: (name) => page(name, pulumi.secret(address(made("marked address")))),
  },
  "program-with-connection-string": {
    rule: "no-address-with-password",
    declare: (name) => {
      const text = `import db\n\npassword = None\ndb.connect("host=db user=app password=${made("program")}")\n`;
      page(name, text);
    },
  },
  "private-key": { rule: "no-private-key", declare: (name) => page(name, pem("anywhere")) },
  "key-file-in-base64": { rule: "no-key-file", declare: (name) => page(name, base64(keyFile)) },
  "signed-token-in-json": {
    rule: "no-signed-token",
    declare: (name) => page(name, JSON.stringify({ headers: [`Bearer ${signed}`] })),
  },
  "provider-token": { rule: "no-provider-token", declare: (name) => page(name, token) },
  "secret-in-tag": {
    rule: "no-secret-in-names-and-labels",
    declare: (name) => void new Bucket(`${name}-bucket`, { tags: { checked: external() } }),
  },
  "literal-in-tag": {
    rule: "no-secret-in-names-and-labels",
    declare: (name) =>
      void new Bucket(`${name}-bucket`, { tags: { "admin-password": made("tag") } }),
  },
  "generated-in-name": {
    rule: "no-secret-in-names-and-labels",
    declare: (name) => {
      const { result } = new RandomPassword(`${name}-password`, { length: 32 });
      new Bucket(`${name}-bucket`, { bucket: "site", tags: { id: pulumi.unsecret(result) } });
    },
  },
  "unwrapped-setting": {
    rule: "no-unwrapped-secret",
    declare: (name) => page(name, pulumi.unsecret(external())),
  },
  "escaped-secret": {
    rule: "no-escaped-secret",
    declare: (name) => page(name, new RandomPassword(`${name}-password`, { length: 32 }).result),
  },
  "secret-output": {
    rule: "no-secret-in-stack-output",
    declare: (name) => ({ [`${name}-address`]: external() }),
  },
  "literal-output": {
    rule: "no-secret-in-stack-output",
    declare: (name) => ({ [`${name}-password`]: made("output") }),
  },
};
