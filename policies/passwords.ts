/** Passwords that everyone tries first: the defaults of products and what people choose most. Compared without case, ends and signs. */
const KNOWN: ReadonlySet<string> = new Set(
  (
    "password passwort passw pass passwd pwd secret secrets token admin administrator root toor user guest test testing tester demo default " +
    "changeme changethis changeit letmein welcome hello qwerty qwertz qwertyuiop azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm " +
    "iloveyou monkey dragon master sunshine princess football baseball shadow superman batman trustno login access abc abcd abcde abcdef abcxyz " +
    "postgres postgresql mysql mariadb mongo mongodb redis rabbitmq oracle sa sys system scott tiger sqlserver elastic kibana grafana " +
    "jenkins tomcat manager wildfly jboss weblogic cisco ubnt pi raspberry vagrant docker kubernetes minio minioadmin keycloak airflow " +
    "superset nagios zabbix portainer rancher harbor sonar gitlab nexus artifactory vault dev development staging prod production " +
    "database db dbpassword rootpassword adminpassword userpassword mypassword yourpassword supersecret topsecret mysecret verysecret " +
    "secretkey mysecretkey supersecretkey jwtsecret notsecret insecure unsafe temp temporary temppass example sample foobar foo bar baz hunter"
  ).split(" "),
);

/** The numbers and signs that people append to make a password pass a check. */
const DECORATION = /^[^a-z]+|[^a-z]+$/g;
const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "l",
  "3": "e",
  "4": "a",
  "5": "s",
  $: "s",
  "@": "a",
};

/** True for a default or often chosen password, also with numbers or signs around it or in place of letters. */
export function isKnownPassword(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower.length > 40) return false;
  const plain = lower.replace(/[01345$@]/g, (sign) => LEET[sign] ?? sign);
  return [lower, plain].some(
    (form) =>
      KNOWN.has(form) ||
      KNOWN.has(form.replace(DECORATION, "")) ||
      KNOWN.has(lower.replace(DECORATION, "").replace(/[\W_]/g, "")),
  );
}

/** Why a password is weak, in words that need no part of it; undefined when nothing is wrong with it. */
export function weaknessOf(
  password: string,
  { minLength, names = [] }: { minLength: number; names?: readonly string[] },
): string | undefined {
  if (isKnownPassword(password)) return "is a default or one of those that everyone tries first";
  if (names.some((name) => name !== "" && name.toLowerCase() === password.toLowerCase()))
    return "is the name of its user";
  if (password.length < minLength) return `is shorter than ${minLength} characters`;
  if (new Set(password).size < 5) return "consists of very few different characters";
  return isSequence(password) ? "is a sequence of neighbouring characters" : undefined;
}

function isSequence(text: string): boolean {
  const steps = [...text]
    .slice(1)
    .map((character, index) => character.charCodeAt(0) - text.charCodeAt(index));
  return (
    steps.length > 0 && (steps.every((step) => step === 1) || steps.every((step) => step === -1))
  );
}
