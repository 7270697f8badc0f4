// Runs Microsoft's PBIR validator over projects (*.pbip); prints [{errors, warnings, found}]. Nothing is fetched:
// the JSON schemas are checked elsewhere (test_real_schemas.py).
import * as authoring from "@microsoft/powerbi-report-authoring-cli";

const answers = [];
for (const target of process.argv.slice(2)) {
  const place = authoring.locateReport(target);
  const run = await authoring.runReportValidation({ ...place, provider: await authoring.getMetadataProvider(), skipSchema: true });
  const found = Object.entries(run.diagnostics ?? {}).map(([code, group]) => `${group.severity} ${code}: ${group.items[0].message}`);
  answers.push({ errors: run.errorCount, warnings: run.warningCount, found });
}
console.log(JSON.stringify(answers));
