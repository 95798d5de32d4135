/** Names of types and properties that tell what a place is for. */

/** The stack itself. */
export const STACK = "pulumi:pulumi:Stack";
/** Another stack, whose outputs the program reads. */
export const STACK_REFERENCE = "pulumi:pulumi:StackReference";

/** Tags and labels. */
export const LABELS =
  /^(?:tags|tagsAll|labels|annotations|userLabels|resourceLabels|defaultLabels|commonTags)$/;
/** Names and free texts about a resource. */
export const NAMES = /^(?:name|namePrefix|generateName|displayName|title|description|comment)$/;

/** Lists of variables: of names and values, or of texts `NAME=value`. */
export const VARIABLE_LIST =
  /^(?:envs?|environments?|environmentVariables?|extraEnv|extraEnvs|variables|envVars|appSettings|secureEnvironmentVariables)$/;
/** Variables by name. */
export const VARIABLE_MAP =
  /^(?:env|environment|environmentVariables|envs|envVars|envVariables|variables|buildEnvironmentVariables|runtimeEnvironmentVariables|buildEnvVars|appSettings|serviceEnvironmentVariables)$/;
/** What a probe or a job sends along with its request: a list of names and values. */
export const HEADERS = /^(?:httpHeaders|headers|requestHeaders|customHeaders)$/;
/** The types of a variable whose value is the name of a secret or a parameter, as builds have them. */
export const REFERENCE_KINDS = /^(?:SECRETS_MANAGER|PARAMETER_STORE)$/;

/** What a machine starts with. */
export const USER_DATA =
  /^(?:userData|userDataBase64|customData|metadataStartupScript|startupScript|cloudConfig|startup-script|shutdown-script|user-data|cloud-init)$/;
/** What a container or a build step runs. */
export const COMMAND_LINE = /^(?:args|command|commands|entrypoints?|entryPoint)$/;

/** Texts that are documents of their own: lists of variables within them are found as if they stood in the resource. */
export const NESTED_DOCUMENT =
  /^(?:containerDefinitions|containerProperties|nodeProperties|template_body|definitionBody)$/;

/** In custom resources of Kubernetes the name of a Secret's entry. */
export const KEY_OF_ENTRY = /(?:secret|password|passwd|token|credentials?)Key$/i;
