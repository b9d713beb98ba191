#include "lab/report_verb.h"

#include <cstdio>

#include "lab/exit_status.h"
#include "lab/experiment_report.h"

namespace trunkline::lab {

CLI::App& add_report(CLI::App& app, ReportOptions& options) {
  CLI::App& verb = *app.add_subcommand(
      "report",
      "from what launches recorded: tables, figures and report.html, in the same directory");
  verb.add_option("DIR", options.directory, "of an experiment")
      ->required()
      ->check(CLI::ExistingDirectory);
  return verb;
}

int report(const ReportOptions& options) {
  const ExperimentReport made = write_experiment_report(options.directory);
  std::fputs(made.text.c_str(), stdout);
  return made.ok ? kExitGood : kExitCheck;
}

}  // namespace trunkline::lab
