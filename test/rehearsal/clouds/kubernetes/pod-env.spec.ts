import assert from "node:assert/strict";
import { expanded } from "../../../../rehearsal/clouds/kubernetes/pod-env";

describe("rehearsal/clouds/kubernetes/pod-env", () => {
  it("puts the values of earlier variables where a text names them, as the kubelet does", () => {
    const values = { OLD: "one", NEW: "$(OLD)" };
    assert.equal(expanded("$(NEW),$(OLD)", values), "$(OLD),one");
    assert.equal(expanded("$(MISSING) $OLD $$(OLD)", values), "$(MISSING) $OLD $(OLD)");
  });
});
