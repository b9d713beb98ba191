#include "lab/selftest_verb.h"

#include <signal.h>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/io.hpp>
#include <boost/process/system.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "lab/exit_status.h"
#include "lab/selftest.h"

namespace trunkline::lab {
namespace process = boost::process;

namespace {

constexpr unsigned kClockTrials = 100'000, kComparisons = 200;
constexpr std::uint64_t kValues = 1'000'000;
constexpr std::size_t kUsers = 200;

bool needs_cluster(const std::string& name) {
  return name == "co" || name == "gen";
}

Target target_in(const std::string& run_directory) {
  const Targets targets = find_targets(run_directory);
  Target target{
      targets.urls, numbered_logins("u", kUsers), false, targets.pids, targets.cluster, {}};
  make_users(targets.cluster, target.logins);
  return target;
}

SelfTest run(const std::string& name, const std::string& run_directory) {
  if (name == "clock") return selftest_clock(kClockTrials);
  if (name == "hdr") return selftest_hdr(kValues);
  if (name == "aa") return selftest_aa(kComparisons);
  const Target target = target_in(run_directory);
  if (name == "gen") return selftest_gen(target);
  const auto rank = static_cast<pid_t>(target.cluster->ranks.back().pid);
  return selftest_co(target,
                     {[rank] { ::kill(rank, SIGSTOP); }, [rank] { ::kill(rank, SIGCONT); }});
}

bool report(const SelfTest& test) {
  std::printf("%s  %s\n", test.passed ? "ok    " : "FAILED", test.text.c_str());
  std::fflush(stdout);
  return test.passed;
}

// This program once more, in a fresh cluster.
int in_fresh_cluster(const std::vector<std::string>& names) {
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string data =
      std::filesystem::temp_directory_path() / ("trunkline-selftest-" + std::to_string(::getpid()));
  std::vector<std::string> command{self.parent_path() / "trunkline",
                                   "start",
                                   "--data",
                                   data,
                                   "--store",
                                   "memory",
                                   "--edges",
                                   "fused",
                                   "--port",
                                   "0",
                                   "--profile",
                                   "lab",
                                   "--plain",
                                   "--",
                                   self,
                                   "selftest"};
  command.insert(command.end(), names.begin(), names.end());
  const int status = process::system(command);
  std::filesystem::remove_all(data);
  return status;
}

}  // namespace

CLI::App& add_selftest(CLI::App& app, SelfTestOptions& options) {
  CLI::App& verb = *app.add_subcommand("selftest", "what the laboratory shows of itself");
  verb.add_option(
          "names", options.names,
          "co: no coordinated omission; gen: the generator's own ceiling; clock: the bound of "
          "clocks; hdr: histograms; aa: no false alarm. All, if none is named")
      ->check(CLI::IsMember({"co", "gen", "clock", "hdr", "aa"}));
  verb.add_option("--run-dir", options.run_directory,
                  "a cluster for co, which stops one of its ranks for 2 s, and gen; else one is "
                  "started")
      ->envname("TRUNKLINE_RUN");
  return verb;
}

int selftest(const SelfTestOptions& options) {
  const std::vector<std::string> names =
      options.names.empty() ? std::vector<std::string>{"hdr", "clock", "aa", "co", "gen"}
                            : options.names;
  bool passed = true;
  std::vector<std::string> on_cluster;
  for (const std::string& name : names) {
    if (needs_cluster(name) && options.run_directory.empty()) {
      on_cluster.push_back(name);
    } else {
      passed = report(run(name, options.run_directory)) && passed;
    }
  }
  if (!on_cluster.empty()) passed = in_fresh_cluster(on_cluster) == kExitGood && passed;
  return passed ? kExitGood : kExitCheck;
}

}  // namespace trunkline::lab
