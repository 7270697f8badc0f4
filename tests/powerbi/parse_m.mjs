// Parses M texts, {name: text} on stdin, with Microsoft's parser; prints {name: what is wrong} of those it can't read.
import { readFileSync } from "fs";
import parser from "@microsoft/powerquery-parser";

const wrong = {};
for (const [name, text] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const task = await parser.TaskUtils.tryLexParse(parser.DefaultSettings, text);
  if (!parser.TaskUtils.isParseStageOk(task)) wrong[name] = String(task.error?.innerError?.message ?? task.error?.message ?? "?");
}
console.log(JSON.stringify(wrong));
