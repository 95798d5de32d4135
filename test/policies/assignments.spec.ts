import assert from "node:assert/strict";
import { assignmentsIn } from "../../policies/assignments";

const found = (text: string) => [...assignmentsIn(text)].map(({ name, value }) => [name, value]);
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("assignments", () => {
  const PASSWORD = ["password", "hunter2hunter"];
  const cases: [string, string, string[][]][] = [
    ["compact JSON", '{"password":"hunter2hunter"}', [PASSWORD]],
    ["compact JSON in base64", base64('{"password":"hunter2hunter"}'), [PASSWORD]],
    ["nested JSON", '{"db":[{"password":"hunter2hunter"}]}', [PASSWORD]],
    ["a number in JSON", '{"password":12345678}', [["password", "12345678"]]],
    [
      "a pair of name and value in JSON",
      '[{"name":"password","value":"hunter2hunter"}]',
      [PASSWORD, ["name", "password"], ["value", "hunter2hunter"]],
    ],
    ["JSON within a command", `curl -d '{"password":"hunter2hunter"}' db`, [PASSWORD]],
    [
      "JSON in quotes within a command",
      'curl -d "{\\"password\\":\\"hunter2hunter\\"}"',
      [PASSWORD],
    ],
    ["the first key of a YAML block", "db:\n  password: hunter2hunter", [PASSWORD]],
    ["the line after an empty one", "FOO=\npassword=hunter2hunter", [PASSWORD]],
    ["a YAML block of text", "password: |-\n  hunter2hunter\n", [PASSWORD]],
    ["an option", "run --password=hunter2hunter -v", [PASSWORD]],
    ["an exported variable", 'export password="hunter2hunter"', [PASSWORD]],
    ["several in a line", "user=app;password=hunter2hunter", [["user", "app"], PASSWORD]],
    ["a header", 'curl -H "Authorization: Basic abc"', [["Authorization", "Basic abc"]]],
    ["a value with a backslash", "password: ab\\cd", [["password", "ab\\cd"]]],
  ];
  for (const [what, text, expected] of cases)
    it(`finds ${what}`, () => assert.deepEqual(found(text), expected));

  for (const text of [
    "token: req.headers.token,",
    "password = getPassword()",
    'token = os.environ["TOKEN"]',
    "connect(user=user, password=password)",
    "token: settings.apiToken",
    "FOO=\n",
  ])
    it(`does not take code for a value: ${JSON.stringify(text)}`, () =>
      assert.deepEqual(
        found(text).filter(([name]) => name !== "user"),
        [],
      ));

  it("is done with a long and tricky text in no time", () => {
    for (const part of ['a="', "a: ", "\n", "export ", '\\"', "a=\\", "a: |\n", '[{"a":', "-"])
      found(part.repeat(200_000 / part.length));
    found("[".repeat(100_000) + "]".repeat(100_000));
  }).timeout(4000);
});
