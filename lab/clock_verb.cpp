#include "lab/clock_verb.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "lab/clock_csv.h"
#include "lab/clock_probes.h"
#include "lab/exit_status.h"
#include "lab/format.h"
#include "lab/own_ranks.h"
#include "lab/programs.h"
#include "lab/ranges.h"
#include "wire/stamp_clock.h"

namespace trunkline::lab {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t kRowsMost = 12;  // of a table
constexpr double kNsPerUs = 1000, kNsPerS = 1e9;

// Where it is asked: places, and users that nobody else is.
struct Cluster {
  std::vector<std::string> urls;
  std::vector<Login> logins;
  std::size_t rank_count = 0;
};

Cluster cluster_of(const ClockOptions& options) {
  Cluster cluster;
  cluster.urls = options.urls;
  std::optional<wire::ClusterFile> file;
  if (!options.run_directory.empty()) {
    const Targets targets = find_targets(options.run_directory);
    cluster.urls = targets.urls;
    file = targets.cluster;
    cluster.rank_count = file->ranks.size();
  }
  if (cluster.urls.empty()) throw std::runtime_error("no edge is known: give their URLs");
  const std::size_t users = ClockProbes::logins_needed(cluster.urls.size());
  cluster.logins = options.accounts.empty() ? numbered_logins(options.user_prefix, users)
                                            : read_logins(options.accounts);
  if (cluster.logins.size() < users) {
    throw std::runtime_error(options.accounts + " has fewer than the " + std::to_string(users) +
                             " users that it takes");
  }
  if (options.make_users) make_users(*file, cluster.logins);
  return cluster;
}

struct Comparison {
  std::vector<ClockFindings> findings;  // by algorithm
  std::int64_t began_ns = 0;
};

Comparison compare(const ClockOptions& options, const Cluster& cluster) {
  std::vector<Ends> pairs;
  for (std::size_t from = 0; from < cluster.urls.size(); ++from) {
    for (std::size_t to = from; to < cluster.urls.size(); ++to) pairs.push_back({from, to});
  }
  asio::io_context io(1);
  asio::steady_timer end(io);
  std::optional<ClockProbes> probes;
  ClockProbes::Config config{cluster.urls,
                             pairs,
                             cluster.logins,
                             Mechanism::scram,
                             options.verify_certificate,
                             cluster.rank_count,
                             options.resync_s};
  Comparison comparison;
  comparison.began_ns = static_cast<std::int64_t>(wire::stamp_clock_ns());
  probes.emplace(io, std::move(config), ClockProbes::Handlers{[] {}, {}});
  end.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(options.seconds)));
  end.async_wait([&](auto) { probes->finish(); });
  probes->open();
  while (!probes->finished()) io.run_one();
  for (const std::string& name : options.algorithms) {
    comparison.findings.emplace_back(probes->exchanges(), *clock_algorithm_named(name),
                                     probes->problem());
  }
  return comparison;
}

// A column: the bound, and how far the middle is from that of the first algorithm.
std::string value_of(const ClockLink& link, const ClockLink& first, std::int64_t at_ns) {
  const ClockOffset offset = link.curve.at(at_ns);
  const std::string bound =
      link.bounded ? format("±%.1f", static_cast<double>(offset.bound()) / kNsPerUs) : "no bound";
  const std::string value =
      &link == &first
          ? bound
          : format("%+.1f ", static_cast<double>(offset.middle() - first.curve.at(at_ns).middle()) /
                                 kNsPerUs) +
                bound;
  // ± is two bytes.
  return format(link.bounded ? " %23s" : " %22s", value.c_str());
}

std::string table_of(const ClockOptions& options, const Comparison& comparison) {
  std::string text = clock_sentence(comparison.findings.front()) + "\n";
  const auto& links = comparison.findings.front().stamps().links();
  for (std::size_t i = 0; i < links.size(); ++i) {
    text +=
        format("\nnode %04x by node %04x, µs: bound; of others the difference from %s too\n%8s",
               unsigned{links[i].to}, unsigned{links[i].from}, options.algorithms[0].c_str(), "s");
    for (const std::string& name : options.algorithms) text += format(" %22s", name.c_str());
    text += "\n";
    const auto& knots = links[i].curve.knots();
    const std::size_t step = std::max<std::size_t>(1, knots.size() / kRowsMost);
    for (std::size_t at = 0; at < knots.size(); at += step) {
      const std::int64_t ours =
          comparison.findings.front().stamps().our_time(links[i].from, knots[at].our_ns);
      text += format("%8.1f", static_cast<double>(ours - comparison.began_ns) / kNsPerS);
      for (const ClockFindings& one : comparison.findings) {
        text += value_of(one.stamps().links().at(i), links[i], knots[at].our_ns);
      }
      text += "\n";
    }
  }
  return text;
}

json::object json_of(const Comparison& comparison) {
  json::array all;
  for (const ClockFindings& one : comparison.findings) {
    json::object object = to_json(one).as_object();
    json::array& links = object["links"].emplace_array();
    for (const ClockLink& link : one.stamps().links()) {
      json::array knots;
      for (const auto& knot : link.curve.knots()) {
        const auto bound = static_cast<double>(knot.offset.bound()) / kNsPerUs;
        knots.push_back({{"clock_ns", knot.our_ns},
                         {"middle_ns", knot.offset.middle()},
                         {"bound_us", link.bounded ? json::value(bound) : json::value()}});
      }
      links.push_back({{"from", link.from}, {"to", link.to}, {"offsets", std::move(knots)}});
    }
    all.push_back(std::move(object));
  }
  return {{"hosts", all.front().at("hosts")}, {"algorithms", std::move(all)}};
}

void write_rows(const std::string& path, const Comparison& comparison) {
  std::ofstream file(path);
  file << kClockHead;
  for (const ClockFindings& one : comparison.findings) {
    write_clock_rows(file, 0, one, comparison.began_ns);
  }
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

int compare_in(const ClockOptions& options) {
  const Comparison comparison = compare(options, cluster_of(options));
  const std::string text =
      options.json ? json::serialize(json_of(comparison)) + "\n" : table_of(options, comparison);
  std::fputs(text.c_str(), stdout);
  if (!options.output.empty()) write_rows(options.output, comparison);
  const ClockFindings& first = comparison.findings.front();
  if (first.contradicted()) return kExitCheck;
  return first.problem().empty() ? kExitGood : kExitError;
}

// Ranks of our own; what they left is removed.
int compare_in_job(ClockOptions options) {
  const std::string data = "trunkline-clock-" + name_of_mpi_job();
  RankOptions ranks{data, words_of(options.cluster)};
  ranks.arguments.insert(ranks.arguments.end(), {"--store", "memory"});
  if (number_in_mpi_job() > 0) become_rank(ranks);
  options.make_users = true;
  int status = kExitError;
  {
    const OwnRanks own(ranks);
    options.run_directory = own.run_directory();
    status = compare_in(options);
  }
  std::filesystem::remove_all(data);
  return status;
}

}  // namespace

CLI::App& add_clock_verb(CLI::App& app, ClockOptions& options) {
  CLI::App& verb = *app.add_subcommand(
      "clock",
      "how well the clocks of the hosts are known: of a running cluster by its URLs or run "
      "directory, or as an MPI job of its own ranks");
  verb.add_option("urls", options.urls, "of edges, as ws://127.0.0.1:8080");
  verb.add_option("--run-dir", options.run_directory, "run directory of a cluster that serves");
  verb.add_option_function<std::string>(
      "--for", [&options](const std::string& text) { options.seconds = parse_duration(text); },
      "how long: 10s, 5m; default 60s");
  verb.add_option_function<std::string>(
      "--resync", [&options](const std::string& text) { options.resync_s = parse_duration(text); },
      "time between two bursts; default 1s");
  verb.add_option("--algo", options.algorithms, "one or several of hull, hca3, offset; default all")
      ->delimiter(',')
      ->check(CLI::IsMember({"hull", "hca3", "offset"}));
  verb.add_option("--users", options.user_prefix, "prefix of the users, as for `run`")
      ->capture_default_str();
  verb.add_option("--accounts", options.accounts, "file of users instead");
  verb.add_flag("--make-users", options.make_users, "add the users that are missing (--run-dir)");
  verb.add_flag("--verify", options.verify_certificate, "refuse self-signed certificates");
  verb.add_option("--cluster", options.cluster,
                  "in a job: arguments of trunkline-rank, as one word");
  verb.add_option("-o,--output", options.output, "file of the rows, as a launch's clock.csv");
  verb.add_flag("--json", options.json, "one JSON object instead of a table");
  return verb;
}

int compare_clocks(const ClockOptions& options) {
  const bool running = !options.urls.empty() || !options.run_directory.empty();
  if (options.make_users && options.run_directory.empty()) {
    throw CLI::RequiresError("--make-users", "--run-dir");
  }
  if (!running && !is_in_mpi_job()) throw CLI::RequiresError("clock", "URLs or --run-dir");
  return running ? compare_in(options) : compare_in_job(options);
}

}  // namespace trunkline::lab
