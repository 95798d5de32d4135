import { createRequire } from "node:module";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzeRequest,
  AnalyzeResponse,
  AnalyzeStackRequest,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { prepare, rules } from "../../../policies/index";
import { forgetInputs } from "../../../policies/inspected";
import { policyOf } from "../../../policies/sdk/policy";
import { Rule } from "../../../policies/rule";
import { Declared, Violation, requestOf, stackRequestOf, violationsIn } from "../declared";

interface Server {
  makeAnalyzeRpcFun(...pack: unknown[]): Rpc<AnalyzeRequest>;
  makeAnalyzeStackRpcFun(...pack: unknown[]): Rpc<AnalyzeStackRequest>;
}
type Rpc<R> = (
  call: { request: R },
  done: (error: unknown, response?: AnalyzeResponse) => void,
) => Promise<void>;

const server = createRequire(__filename)("@pulumi/policy/server") as Server;
const pack = (only: readonly Rule[]) => {
  const served = only.length === 0 ? rules : only;
  return ["rekey", "0.0.0", "mandatory", served.map(policyOf)] as const;
};

/** Runs the rules (all, or those given) as policies of a pack on the SDK over one resource, through the SDK's own analysis. */
export async function analyze(declared: Declared, ...only: Rule[]): Promise<Violation[]> {
  await prepare();
  return answer(server.makeAnalyzeRpcFun(...pack(only)), requestOf(declared));
}

/** Runs them over every resource by itself and then over the whole stack, as a preview does. */
export async function analyzeProgram(
  declared: readonly Declared[],
  ...only: Rule[]
): Promise<Violation[]> {
  await prepare();
  forgetInputs();
  const found: Violation[] = [];
  for (const one of declared.filter(({ read }) => read !== true))
    found.push(...(await analyze(one, ...only)));
  const bytes = Buffer.from(stackRequestOf(declared).serializeBinary());
  const sent = AnalyzerService.analyzeStack.requestDeserialize(bytes);
  return [...found, ...(await answer(server.makeAnalyzeStackRpcFun(...pack(only)), sent))];
}

async function answer<R>(run: Rpc<R>, request: R): Promise<Violation[]> {
  const response = await new Promise<AnalyzeResponse>((resolve, reject) => {
    const done = (error: unknown, answered?: AnalyzeResponse) =>
      answered ? resolve(answered) : reject(error instanceof Error ? error : new Error("failed"));
    run({ request }, done).catch(reject);
  });
  return violationsIn(response);
}
