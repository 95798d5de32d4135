/** One secret in AWS Secrets Manager and the records that it goes through, for the specs that walk them. */
import { AwsSecretsManager, type RotationRecord, Token } from "../../../../components";

export const NAME = "project/prod/JWT_SECRET";

/** A token in the store, as a stack declares it. */
export const program = (record: RotationRecord) => () => {
  const token = new Token("jwt", { record });
  new AwsSecretsManager("jwt-aws", {
    secretName: NAME,
    generations: token.generations,
    ...(record.at === undefined ? {} : { rotatedAt: record.at }),
  });
  return Promise.resolve();
};

/** Every situation that the moves of one secret lead through, in an order in which they can be made. */
export const RECORDS = {
  rest: { generation: 1, active: "a", slots: { a: 1 } },
  staged: { generation: 2, active: "a", slots: { a: 1, b: 2 } },
  activated: { generation: 2, active: "b", slots: { a: 1, b: 2 }, at: "2026-01-31T12:00:00Z" },
  rolledBack: { generation: 2, active: "a", slots: { a: 1, b: 2 }, at: "2026-01-31T13:00:00Z" },
  retired: { generation: 2, active: "b", slots: { b: 2 }, at: "2026-01-31T12:00:00Z" },
  rotated: { generation: 3, active: "a", slots: { a: 3, b: 2 }, at: "2026-02-28T12:00:00Z" },
  both: { generation: 4, active: "b", slots: { a: 3, b: 4 }, at: "2026-03-31T12:00:00Z" },
  lone: { generation: 3, active: "a", slots: { a: 3 }, at: "2026-02-28T12:00:00Z" },
} as const satisfies Record<string, RotationRecord>;
