// `trunkline-lab`: the latency laboratory. Verbs so far: run, compare.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "lab/comparison.h"
#include "lab/report.h"
#include "lab/targets.h"

namespace {

using namespace trunkline;
using namespace trunkline::lab;

constexpr int kExitFailed = 1, kExitUsage = 2, kExitRegression = 3;

struct Options {
  LoadConfig load;
  std::string run_directory, accounts, user_prefix = "u";
  std::vector<std::string> from, to;
  bool make_users = false, trace = false, json = false, quiet = false;
  double trace_fraction = 0;  // 0: all up to 1,000/s, else one in 64
};

void add_load(CLI::App& app, Options& options) {
  const std::map<std::string, wire::MessageClass> classes{{"direct", wire::MessageClass::direct},
                                                          {"stored", wire::MessageClass::stored}};
  const std::map<std::string, Protocol> protocols{{"bin", Protocol::bin}, {"json", Protocol::json}};
  app.add_option("--pairs", options.load.pairs, "pairs of clients, A sends to B")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--rate", options.load.rate_per_second,
                 "open loop: messages a second, all pairs together")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--arrivals", options.load.arrivals,
                 "of an open loop: const, poisson, burst:LEN,DUTY or file:PATH (seconds, a line "
                 "each)")
      ->capture_default_str();
  app.add_option("--seed", options.load.seed, "of the arrivals")->capture_default_str();
  app.add_option("--window", options.load.window,
                 "maximum rate instead: so many messages under way in each pair")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--size", options.load.body_bytes, "bytes of each body")->capture_default_str();
  app.add_option("--class", options.load.message_class, "what is sent; default direct")
      ->transform(CLI::CheckedTransformer(classes).description("direct|stored"));
  app.add_option("--time", options.load.measured_s, "seconds that are measured")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--warmup", options.load.warmup_s, "seconds before them")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--protocol", options.load.protocol, "sub-protocol; default bin")
      ->transform(CLI::CheckedTransformer(protocols).description("bin|json"));
  app.add_flag("--trace", options.trace, "print the table of hops (bin only)");
  app.add_option("--trace-fraction", options.trace_fraction,
                 "of messages that are traced; default: all up to 1000/s, else one in 64")
      ->check(CLI::Range(0.0, 1.0));
}

void add_targets(CLI::App& app, Options& options) {
  app.add_option("--run-dir", options.run_directory,
                 "run directory of the cluster: finds edges and server processes");
  app.add_option("--from", options.from, "URL of A's edge; repeat: pairs take them in turn");
  app.add_option("--to", options.to, "URL of B's edge; repeat");
  app.add_option("--users", options.user_prefix,
                 "prefix of the users, PREFIX0001 and so on, with the password equal to the name")
      ->capture_default_str();
  app.add_option("--accounts", options.accounts, "file of users instead: name and password a line");
  app.add_flag("--make-users", options.make_users, "add the users that are missing (--run-dir)");
  app.add_option("--pids", options.load.pids, "server processes whose CPU and sleeps are counted")
      ->delimiter(',');
  app.add_flag("--verify", options.load.verify_certificate, "refuse self-signed certificates");
  app.add_flag("--json", options.json, "one JSON object instead of text");
  app.add_flag("--quiet", options.quiet, "no progress on stderr");
}

// Fills in what the run directory knows and the command line did not say.
void find_everything(Options& options) {
  LoadConfig& load = options.load;
  load.from_urls = options.from;
  load.to_urls = options.to;
  load.logins = options.accounts.empty() ? numbered_logins(options.user_prefix, 2 * load.pairs)
                                         : read_logins(options.accounts);
  if (load.logins.size() < 2 * load.pairs) {
    throw std::runtime_error(options.accounts + " has " + std::to_string(load.logins.size()) +
                             " users; " + std::to_string(load.pairs) + " pairs need two each");
  }
  if (options.run_directory.empty()) return;
  const Targets targets = find_targets(options.run_directory);
  if (targets.urls.empty() && (options.from.empty() || options.to.empty())) {
    throw std::runtime_error("no edge is known in " + options.run_directory +
                             "; give --from and --to");
  }
  if (load.from_urls.empty()) load.from_urls = {targets.urls.front()};
  if (load.to_urls.empty()) load.to_urls = {targets.urls.back()};
  if (load.pids.empty()) load.pids = targets.pids;
  load.cluster = targets.cluster;
  if (options.make_users) make_users(targets.cluster, load.logins);
}

void set_tracing(Options& options) {
  LoadConfig& load = options.load;
  load.stamped = options.trace;
  const bool slow = load.window == 0 && load.rate_per_second <= 1'000;
  load.sampled_fraction = options.trace_fraction > 0 ? options.trace_fraction
                          : slow                     ? 1.0
                                                     : 1.0 / 64;
}

// One line that is written over on a terminal, else a line now and then. Under mpirun a terminal
// cannot be told from a pipe.
class ProgressPrinter {
 public:
  ProgressPrinter()
      : terminal_(::isatty(STDERR_FILENO) == 1 && std::getenv("OMPI_COMM_WORLD_RANK") == nullptr) {}
  void print(const Progress& progress) {
    const std::string line = progress_line(progress);
    if (terminal_) {
      std::fprintf(stderr, "\r\033[K%s", line.c_str());
    } else if (++calls_ % kCallsPerLine == 1) {
      std::fprintf(stderr, "%s\n", line.c_str());
    }
  }
  void finish() const {
    if (terminal_) std::fprintf(stderr, "\r\033[K");
  }

 private:
  static constexpr int kCallsPerLine = 25;  // five seconds
  bool terminal_;
  int calls_ = 0;
};

int run(Options& options) {
  find_everything(options);
  set_tracing(options);
  ProgressPrinter printer;
  OnProgress on_progress;
  if (!options.quiet) on_progress = [&printer](const Progress& now) { printer.print(now); };
  const LoadResult result = run_load(options.load, on_progress);
  if (!options.quiet) printer.finish();
  const std::string report =
      options.json ? json_report(options.load, result) : text_report(options.load, result);
  std::fputs(report.c_str(), stdout);
  return judge(options.load, result).failed ? kExitFailed : 0;
}

struct CompareOptions {
  std::string a, b;
  double fail_above = -1;  // percent; negative: never
};

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

std::vector<Launch> launches_in(const std::string& path) {
  std::ifstream file(path);
  return read_launches(file, path);
}

int compare(const CompareOptions& options) {
  const auto compared = compare_launches(launches_in(options.a), launches_in(options.b));
  std::fputs(comparison_text(compared).c_str(), stdout);
  if (options.fail_above < 0) return 0;
  const auto found = regressions(compared, options.fail_above);
  for (const std::string& one : found) std::printf("REGRESSION: %s\n", one.c_str());
  return found.empty() ? 0 : kExitRegression;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "The latency laboratory of Trunkline.\n"
      "Exit status: 0 measured · 1 the run failed, or a stored message was lost, repeated or out "
      "of "
      "order · 2 wrong use · 3 a regression");
  app.require_subcommand(1);
  Options options;
  CLI::App& verb = *app.add_subcommand(
      "run", "send messages between pairs of clients and measure what becomes of them");
  add_load(verb, options);
  add_targets(verb, options);
  CompareOptions compare_options;
  const CLI::App& compare_verb = add_compare(app, compare_options);
  try {
    app.parse(argc, argv);
    const bool has_edges = !options.from.empty() && !options.to.empty();
    if (verb.parsed() && options.run_directory.empty() && !has_edges) {
      throw CLI::RequiredError("--run-dir, or --from and --to");
    }
    if (options.make_users && options.run_directory.empty()) {
      throw CLI::RequiresError("--make-users", "--run-dir");
    }
    if (options.trace && options.load.protocol != Protocol::bin) {
      throw CLI::ValidationError("--trace", "needs --protocol bin: JSON carries no stamps");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  try {
    return compare_verb.parsed() ? compare(compare_options) : run(options);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "trunkline-lab: %s\n", problem.what());
    return kExitFailed;
  }
}
