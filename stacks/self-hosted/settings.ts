import { z } from "zod";
import { port, strict, text } from "../settings";

/** How the machine that runs a compose project is reached, and what runs there. */
export const hostSettings = strict({
  address: text,
  port: port.default(22),
  user: text,
  hostKey: text.optional(),
  envFile: text,
  composeFile: text,
  services: z.array(text).min(1),
  waitSeconds: z.number().int().min(1).max(3600).default(60),
  takeOverEnvFile: z.boolean().default(false),
});
/** See {@link hostSettings}. */
export type HostSettings = z.output<typeof hostSettings>;

/** The PostgreSQL database of a compose project, as rekey's machine reaches it and as the application does. */
export const databaseSettings = strict({
  host: text,
  port: port.default(5432),
  /** `host:port` as the application reaches it; the two above unless set. */
  server: text.optional(),
  name: text,
  user: text,
  ownerRole: text,
  groupRole: text,
  adminUser: text,
  sslmode: z.enum(["verify-full", "require", "disable"]).default("verify-full"),
  /** A file with the authority's certificate, PEM, where the system's own ones do not know the server. */
  caCertificateFile: text.optional(),
  drainSeconds: z.number().int().min(0).max(3600).default(30),
});
/** See {@link databaseSettings}. */
export type DatabaseSettings = z.output<typeof databaseSettings>;
