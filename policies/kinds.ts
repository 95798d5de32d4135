import { remember } from "./remember";
import { SensitiveProperty, isSchemaKnown, sensitiveOf } from "./sensitive";

/** What is known of a type of resource. */
export interface Kind {
  readonly sensitive: readonly SensitiveProperty[];
  /** The steps to each of them. */
  readonly nested: readonly (readonly string[])[];
  readonly configMap: boolean;
  readonly command: boolean;
  readonly dynamic: boolean;
  readonly schemaKnown: boolean;
  readonly provider: boolean;
  /** Custom resources name the entries of Secrets by keys such as `secretKey`; charts have values under them. */
  readonly namesEntries: boolean;
}

/** Tells by the type's name; a program has many resources of few types. */
export const kindOf = remember((type): Kind => {
  const sensitive = sensitiveOf(type);
  return {
    sensitive,
    nested: sensitive.map(({ property }) => property.split(".")),
    configMap: /^kubernetes:core\/v1:ConfigMap(?:Patch)?$/.test(type),
    command: type.startsWith("command:"),
    dynamic: type.startsWith("pulumi-nodejs:dynamic") || type.startsWith("pulumi-python:dynamic"),
    schemaKnown: isSchemaKnown(type),
    provider: type.startsWith("pulumi:providers:"),
    namesEntries: /^kubernetes:(?!helm\.sh)/.test(type),
  };
});
