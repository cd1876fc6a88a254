// Mocha's dots, and the counts in one line added to the file that the reporter option `counts` names.
const { appendFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = function DotsAndCounts(runner, options) {
  const dots = new reporters.Dot(runner, options);
  runner.once(Runner.constants.EVENT_RUN_END, () => {
    appendFileSync(options.reporterOptions.counts, `${dots.stats.passes} passed, ${dots.stats.failures} failed\n`);
  });
};
