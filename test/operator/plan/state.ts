/** A resource of an exported state, as the engine writes it. */
export type Exported = Record<string, unknown> & { readonly urn: string };

const PREFIX = "urn:pulumi:prod::rekey::";
const STACK = `${PREFIX}pulumi:pulumi:Stack::rekey-prod`;

/** What the state marks a slot with. */
export interface ExportedSlot {
  readonly slot: string;
  readonly generation: number;
  readonly protect?: boolean;
}

/** A secret of capanel with its entry in Google Secret Manager, as `pulumi stack export` shows it: values encrypted. */
export function exportedSecret(
  component: string,
  store: string,
  entry: string,
  slots: readonly ExportedSlot[],
): Exported[] {
  const token = `${PREFIX}rekey:index:Token::${component}`;
  const kept = `${PREFIX}rekey:index:GoogleSecretManager::${store}`;
  const random = (slot: string) =>
    `${PREFIX}rekey:index:Token$random:index/randomPassword:RandomPassword::${component}-${slot}`;
  return [
    { urn: token, custom: false, type: "rekey:index:Token", parent: STACK },
    { urn: kept, custom: false, type: "rekey:index:GoogleSecretManager", parent: STACK },
    {
      urn: `${PREFIX}rekey:index:GoogleSecretManager$gcp:secretmanager/secret:Secret::${store}-secret`,
      custom: true,
      protect: true,
      type: "gcp:secretmanager/secret:Secret",
      inputs: { secretId: entry, project: "example-project" },
      parent: kept,
    },
    ...slots.flatMap(({ slot, generation, protect = false }) => [
      {
        urn: random(slot),
        custom: true,
        protect,
        type: "random:index/randomPassword:RandomPassword",
        inputs: { keepers: { generation: String(generation) }, length: 43 },
        outputs: { result: { ciphertext: "v1:ciphertext" } },
        parent: token,
      },
      {
        urn: `${PREFIX}rekey:index:GoogleSecretManager$gcp:secretmanager/secretVersion:SecretVersion::${store}-g${generation}`,
        custom: true,
        protect,
        type: "gcp:secretmanager/secretVersion:SecretVersion",
        inputs: { secret: `projects/example-project/secrets/${entry}`, enabled: true },
        parent: kept,
        propertyDependencies: {
          secret: [kept],
          secretData: [random(slot)],
        },
      },
    ]),
  ];
}

/** The document of `pulumi stack export`. */
export function exportOf(resources: readonly Exported[]): string {
  const stack = { urn: STACK, custom: false, type: "pulumi:pulumi:Stack" };
  return JSON.stringify({ version: 3, deployment: { resources: [stack, ...resources] } });
}
