import { environmentRule } from "../environment-rule";

/** No credential stands in what a machine starts with or in a command's text. */
export const noPlaintextCredentialInUserData = environmentRule({
  id: "no-plaintext-credential-in-user-data",
  title: "No plaintext credential in user data or scripts",
  frameworks: {
    nist80053: ["IA-5(7)", "SC-28"],
    soc2: ["CC6.1"],
    pciDss: ["8.3.2", "8.6.2"],
  },
  description:
    "User data and start scripts are readable from within the machine without any right, for everyone who may describe it, and in its templates; a command's text shows in process lists.",
  remediation:
    "let the machine fetch the value with its own identity from a store when it starts; give a command its secrets by stdin or environment.",
  types: () => true,
  places: ["user-data"],
  unnamed: "the text",
});
