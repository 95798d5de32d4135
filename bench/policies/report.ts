import { tokenForms } from "../../policies/token-forms";
import { Cell } from "./cells";
import { BY_REFERENCE, negatives, references } from "./negatives";
import { origins } from "./origins";
import { places } from "./places";
import { Judged, Score, markdown, scoreOf, share } from "./table";
import { kinds } from "./values";

/** The document in docs/, from what was measured. */
export function report(cells: readonly Cell[], untold: number, tools: readonly Judged[]): string {
  const head = (first: string) => [
    first,
    "programs",
    ...tools.flatMap(({ tool }) => [`${tool}: recall`, "precision"]),
  ];
  const row = (name: string, fits?: (cell: Cell) => boolean) => {
    const scores = tools.map((tool) => scoreOf(cells, tool, fits));
    return [
      name,
      countOf(scores[0]!),
      ...scores.flatMap(({ recall, precision }) => [share(recall), share(precision)]),
    ];
  };
  return `# What the policies find

Made by \`node --require ./bin/transpile.cjs bench/policies/recall.ts --write\`; do not edit. The script, its values and its labels are in [bench/policies](../bench/policies).

${kinds.length} kinds of self-made values (${kinds.filter(({ form }) => form).length} with a form of their own) × ${places.length} places × ${origins.length} origins, and ${Object.keys(negatives).length + Object.keys(references).length + 1} kinds of texts and references that only look like
secrets: ${cells.length} programs. ${untold} combinations that nobody could tell do not count: a text without a form under a name that says nothing, and an
unwrapped secret where the SDK puts the mark on again. The pack knows ${tokenForms} forms of tokens.

The pack gets what the engine would send of each program; the other tools get the same program as source, with its stack's file, in which encrypted
settings stand as ciphertext. **The origin decides** what is wrong, so tools that see texts only cannot do well on some rows: they are built for other
work, and find in a repository's history what no policy ever sees.

What these figures say, and what not: values, places and labels were made by the same people as the rules, and the first run (recall 0.978) showed three
gaps that were closed before this one. They show that the combinations above are covered, not that nothing else is missed. What the pack cannot know
stands in its [README](../policies/README.md).

## All

${markdown(head("all"), [row("all programs")])}

A program counts as found where the pack would stop it for the resource with the value, and where another tool said anything of it. "–" means that there is nothing to find, or that nothing was found.

## By origin

${markdown(
  head("origin"),
  origins.map((origin) => row(origin, (cell) => cell.origin === origin && !cell.lookalike)),
)}

## By place

${markdown(
  head("place"),
  places.map(({ place }) => row(place, (cell) => cell.place.place === place && !cell.lookalike)),
)}

## By kind of value

${markdown(
  head("kind"),
  kinds.map(({ kind }) => row(kind, (cell) => cell.kind === kind && !cell.lookalike)),
)}

## Texts that only look like secrets

How many of these programs each tool complained of.

${markdown(
  ["text", "programs", ...tools.map(({ tool }) => tool)],
  [...Object.keys(negatives), ...Object.keys(references), BY_REFERENCE].map((kind) => {
    const scores = tools.map((tool) =>
      scoreOf(cells, tool, (cell) => cell.lookalike && cell.kind === kind),
    );
    return [kind, countOf(scores[0]!), ...scores.map(({ falsely }) => String(falsely))];
  }),
)}
`;
}

function countOf({ wrong, right }: Score): string {
  return String(wrong + right);
}
