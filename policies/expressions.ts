import { nameKind } from "./credential-names";
import { looksGenerated } from "./randomness";

/**
 * What only a program begins a line with, in the languages in which the texts stand in quotes. In the first column: a file of settings
 * may hold a program, indented, and is none.
 */
const PROGRAM = new RegExp(
  [
    /import[\s({*"']|from\s+[\w.]+\s+import\s|(?:async\s+)?def\s+\w+|class\s+\w+(?:\s*[:({]|\s+\w+)/,
    /(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:const|let|var|interface|type|enum|function\*?)\s+[\w$]+(?:\s*[=:<{;,]|\(\s*[\w{[.])/,
    /(?:const|let|var|export)\s*\{|export\s+(?:default|\*)|(?:module\.)?exports\b|["']use strict["']|[!(]+(?:async\s*)?(?:function|\(\w*\)\s*=>)/,
    /package\s+[\w.]+;?\s*$|using\s+[\w.= ]+;|namespace\s+\w|(?:public|private|protected|internal|static|final|abstract)\s+\w/,
    /func\s+[\w(]|(?:pub\s+)?fn\s+\w|use\s+[\w:\\]+.*;\s*$|require(?:_relative)?\s*\(?\s*["']|#include\s*[<"]|<\?php|param\s*\(/,
    /(?:resource|data|variable|provider|module|output)\s+"|locals\s*\{|@\w[\w.]*(?:\(.*)?\s*$|if\s+__name__|\/[/*]/,
    /#!.*\b(?:python|node|deno|bun|ruby|perl|php)/,
  ]
    .map(({ source }) => `^(?:${source})`)
    .join("|"),
  "m",
);
/** A shell's script and a machine's settings may hold programs in the first column, and have texts without quotes around them. */
const SHELL =
  /^#!.*\b(?:ba|da|k|z)?sh\b|^#cloud-config|^[ \t]*(?:fi|done|esac)[ \t]*(?:$|[;#|>&]|<(?!-))/m;

/** True for the text of a program in a language that has quotes around its texts: what stands there without is code. */
export function isProgram(text: string): boolean {
  return PROGRAM.test(text) && !SHELL.test(text);
}

/** What values are taken from in programs; a property of anything else may be the text of a password. */
const OBJECTS =
  /^(?:req|request|res|response|ctx|context|process|os|env|self|this|config|cfg|conf|settings|opts|options|args|params|props|values|vars?|locals?|data|module|secrets|event|session|user|client|app)\??$/i;
const STEPS = /^[A-Za-z_$][\w$]*(?:(?:\??\.|::|->)[A-Za-z_$][\w$]*)+$/;
const CALL_OR_ELEMENT =
  /^[A-Za-z_$][\w$]*(?:(?:\??\.|::|->)[A-Za-z_$][\w$]*)*(?:\?\.)?(?:\((?:$|.*\))|\[(?:$|.*\]))/;
/** Begins what a shell, a format or a template puts in, a list, an object or a function. */
const OPENS =
  /^(?:\$[({]|\$[\d@*#?]{1,2}[,;)]*$|\$\w+(?:->|\[|::)|`|\{\{|%[-+#]?(?:\d+\$)?[a-z][,;)]*$|[({[]+$|\[\]|\(\)|\{\}|\[\w*\]$)/;
/** `{self.password}`, `{quote(password)}`, `{password!r}`: what a format of Python puts in. */
const FORMATTED = /^\{[A-Za-z_][\w.]*(?:\([^{}]*\)|\[[^{}]*\])?(?:![rsa])?(?::[^{}]*)?\}/;

/** True for a text that begins with what a format puts in. */
export function isFormatted(bare: string): boolean {
  return FORMATTED.test(bare);
}

/**
 * True for what a shell, a format or a template puts in, within a text too, and for a call whose argument is in quotes.
 *
 * @param bare the value, as far as it goes without blanks and quotes.
 * @param rest what stands behind it.
 */
export function isPutIn(bare: string, rest: string): boolean {
  // The letters of Python before a text of bytes and the like: the text is behind them.
  const quoted = /^[bfru]{1,2}$|[[({][bfru]{0,2}$/i.test(bare) && /^["']/.test(rest);
  return quoted || OPENS.test(bare) || isFormatted(bare);
}

/** Words that stand before the value. */
const BEFORE_VALUE = /^(?:new|await|async|void|typeof|yield|lambda|function|not)$/;

/**
 * True for code that takes the value from somewhere: a call, an element, an argument handed on, a property of an object, what a shell
 * puts in.
 *
 * @param bare the value, as far as it goes without blanks and quotes.
 * @param rest what stands behind it.
 */
export function isExpression(bare: string, rest: string): boolean {
  if (isPutIn(bare, rest) || /[[({]$/.test(bare) || /^[([]/.test(rest)) return true;
  if (BEFORE_VALUE.test(bare) && /^[ \t(]\S?/.test(rest)) return true;
  const value = bare.replace(/[,;)\]}]+$/, "");
  const handedOn = value !== bare || /^[,;)]/.test(rest);
  if (handedOn && /^[A-Za-z_$]+$/.test(value))
    return value.length <= 2 || nameKind(value) !== "other";
  if (CALL_OR_ELEMENT.test(bare)) return true;
  if (!STEPS.test(value)) return false;
  const steps = value.split(/\??\.|::|->/);
  return OBJECTS.test(steps[0] ?? "") || nameKind(steps.at(-1) ?? "") !== "other";
}

/** False for what no program has without quotes around it: random characters, and signs between them that are no operators. */
export function mayBeCode(bare: string): boolean {
  if (/[.([{:]/.test(bare)) return true;
  const random = looksGenerated(bare) && /\d\D*\d\D*\d/.test(bare);
  return !random && !(/\d/.test(bare) && /\w[!#@~]\w/.test(bare));
}
