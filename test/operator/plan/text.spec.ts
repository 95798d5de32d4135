import assert from "node:assert/strict";
import { planDocument } from "../../../operator/plan/document";
import { markdownOf } from "../../../operator/plan/markdown";
import { textOf } from "../../../operator/plan/text";
import { planned } from "./given";

const rotated = { generation: 2, active: "b", slots: { a: 1, b: 2 }, at: "2026-01-31T12:00:00Z" };

describe("plan: for a terminal", () => {
  it("says when a grace ends, by the record or by a retirement", () => {
    const graceEnds = "2026-02-01T12:00:00Z";
    const head = { SECRET_KEY: { ...rotated, graceEnds }, CLOUD_SQL_PASSWORD: rotated };
    const text = textOf(planned({ base: {}, head }), 200);
    assert.match(text, /^SECRET_KEY: grace ends `2026-02-01T12:00:00Z`$/m);
    assert.match(text, /^CLOUD_SQL_PASSWORD: grace until `rekey retire` and an update$/m);
    const after = { SECRET_KEY: { ...rotated, slots: { b: 2 } } };
    const ended = textOf(planned({ base: { SECRET_KEY: rotated }, head: after }), 200);
    assert.doesNotMatch(ended, /SECRET_KEY: grace/);
  });

  it("calls a value public that anybody can read, as the comment and the document do", () => {
    const plan = planned({ base: {}, head: { VITE_STRAPI_API_KEY: rotated, SECRET_KEY: rotated } });
    const said = /^VITE_STRAPI_API_KEY: public: anybody can read its value where it is used$/m;
    assert.match(textOf(plan, 200), said);
    assert.doesNotMatch(textOf(plan, 200), /^SECRET_KEY: public/m);
    assert.match(markdownOf(plan), /^\| `VITE_STRAPI_API_KEY` \(public\) \|/m);
    assert.match(markdownOf(plan), /^- value: public: anybody can read/m);
    assert.deepEqual(
      plan.secrets.map((secret) => [secret.name, secret.public]),
      [
        ["SECRET_KEY", false],
        ["VITE_STRAPI_API_KEY", true],
      ],
    );
  });

  it("reads a plan that was made before secrets were called public", () => {
    const { secrets, ...plan } = planned({ base: {}, head: { SECRET_KEY: rotated } });
    const older = secrets.map((one) => ({ ...one, public: undefined }));
    const read = planDocument.parse(JSON.parse(JSON.stringify({ ...plan, secrets: older })));
    assert.equal(read.secrets[0]?.public, false);
  });
});
