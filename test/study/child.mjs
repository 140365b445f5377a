// A process of its own that runs or resumes a study, to be killed: node child.mjs STORE SPEC|resume.
// Prints one line for each progress report.
const { runStudy, resumeStudy } = await import(process.env.STUDY_MODULE);
const [store, spec] = process.argv.slice(2);
const onProgress = (p) => process.stdout.write(`${p.evaluated}\n`);
try {
  if (spec === "resume") await resumeStudy(1, { store, onProgress });
  else await runStudy(JSON.parse(spec), { store, onProgress });
} catch (error) {
  process.stderr.write(`${error.name}: ${error.message}\n`);
  process.exitCode = 1;
}
