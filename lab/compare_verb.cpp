#include "lab/compare_verb.h"

#include <cstdio>
#include <fstream>

#include "lab/comparison.h"
#include "lab/exit_status.h"

namespace trunkline::lab {
namespace {

std::vector<Launch> launches_in(const std::string& path) {
  std::ifstream file(path);
  return read_launches(file, path);
}

}  // namespace

CLI::App& add_compare(CLI::App& app, CompareOptions& options) {
  CLI::App& verb = *app.add_subcommand(
      "compare", "is B slower than A? Files of `run --json` reports, one a line, one a launch");
  verb.add_option("A", options.a, "reports of one kind")->required()->check(CLI::ExistingFile);
  verb.add_option("B", options.b, "reports of the other")->required()->check(CLI::ExistingFile);
  verb.add_option("--fail-above", options.fail_above,
                  "exit status 3 if B is slower by more than this percentage, for certain")
      ->check(CLI::NonNegativeNumber);
  return verb;
}

int compare_files(const CompareOptions& options) {
  const auto compared = compare_launches(launches_in(options.a), launches_in(options.b));
  std::fputs(comparison_text(compared).c_str(), stdout);
  if (options.fail_above < 0) return kExitGood;
  const auto found = regressions(compared, options.fail_above);
  for (const std::string& one : found) std::printf("REGRESSION: %s\n", one.c_str());
  return found.empty() ? kExitGood : kExitRegression;
}

}  // namespace trunkline::lab
