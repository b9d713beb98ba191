#include "tests/lab/recorded_experiment.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include "lab/clock_csv.h"
#include "lab/csv.h"
#include "lab/histogram.h"
#include "lab/histogram_log.h"
#include "lab/percentiles.h"
#include "wire/stamps.h"

namespace trunkline::tests {
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kSeconds = 2;
constexpr double kStartS = 1'700'000'000;
constexpr const char* kStamps[] = {"client_send", "edge_in",       "edge_out", "rank_in",
                                   "rank_link",   "rank_matched",  "rank_out", "edge_back",
                                   "edge_write",  "client_receive"};
// The part of a message's time that each hop takes.
struct Wait {
  const char* name;
  double part;
};
constexpr Wait kWaits[] = {{"client_due-client_send", 0.1},
                           {"client_send-edge_in", 0.3},
                           {"store_asked-commit_begun", 0.1},
                           {"commit_begun-committed", 0.5}};
constexpr double kParts[] = {0.14, 0.04, 0.16, 0.03, 0.2, 0.05, 0.16, 0.04, 0.18};

void write(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

json::object check(const char* name, bool passed, double value, double limit, const char* text) {
  return {{"name", name}, {"passed", passed}, {"value", value}, {"limit", limit}, {"text", text}};
}

// Most messages take some 200 us; one in a hundred waits for something.
std::int64_t draw(std::mt19937_64& chance, double scale) {
  std::lognormal_distribution<double> usual(std::log(200'000.0), 0.25);
  std::exponential_distribution<double> stall(1 / 900'000.0);
  const bool stalled = chance() % 100 == 0;
  return static_cast<std::int64_t>(scale * (usual(chance) + (stalled ? stall(chance) : 0)));
}

json::object json_of(const lab::Histogram& times) {
  json::object object{{"n", times.count()}};
  for (const auto& [name, quantile] : lab::kPercentiles) {
    object[name] = static_cast<double>(times.at(quantile)) / 1000;
  }
  return object;
}

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

wire::StampBlock stamped(std::int64_t due_ns, std::int64_t total_ns) {
  wire::StampBlock block;
  block.flags = wire::kSampled;
  block.present = (1u << wire::kStampCount) - 1;
  double at = static_cast<double>(due_ns) + 5'000;
  for (std::size_t i = 0; i < wire::kStampCount; ++i) {
    block.at[i] = static_cast<std::uint32_t>(static_cast<std::int64_t>(at));
    if (i < std::size(kParts)) at += kParts[i] * static_cast<double>(total_ns - 5'000);
  }
  return block;
}

}  // namespace

struct MadeUpExperiment::Cell {
  std::size_t number = 0;
  double rate = 0, size = 0;
  bool is_void = false, saturated = false, failed = false;
  std::string label() const {
    return std::to_string(static_cast<int>(rate)) + "/s " + std::to_string(static_cast<int>(size)) +
           " B stored";
  }
};

MadeUpExperiment::MadeUpExperiment(MadeUp made) : made_(std::move(made)) {
  write_manifest();
  for (std::size_t i = 0; i < made_.launches * made_.arms.size(); ++i) {
    write_launch(i + 1, i % made_.arms.size());
  }
}

double MadeUpExperiment::quantile(std::size_t launch, std::size_t cell, double quantile) const {
  std::vector<std::int64_t> values = shown_.at({launch, cell});
  std::sort(values.begin(), values.end());
  const auto place = std::ceil(quantile * static_cast<double>(values.size())) - 1;
  return static_cast<double>(values[static_cast<std::size_t>(place)]) / 1000;
}

void MadeUpExperiment::write_manifest() const {
  json::array arms, cells;
  for (std::size_t i = 0; i < made_.arms.size(); ++i) {
    arms.push_back({{"name", std::string(1, static_cast<char>('A' + i))},
                    {"label", made_.arms[i]},
                    {"cluster", {"--edges", made_.arms[i]}}});
  }
  std::size_t number = 0;
  for (const double rate : made_.rates) {
    for (const double size : made_.sizes) {
      const Cell cell{number++, rate, size, false, false, false};
      cells.push_back({{"cell", cell.number},
                       {"label", cell.label()},
                       {"load", {{"rate", rate}, {"size", size}}}});
    }
  }
  const json::object manifest{
      {"schema", 1},
      {"title", made_.title},
      {"created", "2026-11-26T10:00:00Z"},
      {"argv", {"trunkline-lab", "repeat", "experiment.toml"}},
      {"seed", 1},
      {"unit_of_replication", "launch"},
      {"launches_planned", made_.launches},
      {"stop", {{"ci_width", made_.ci_width}, {"max_time_s", 0}}},
      {"arms", arms},
      {"cells", cells},
      {"axis", made_.axis.empty() ? json::value() : json::value(made_.axis)},
      {"host",
       {{"name", "node1"},
        {"cpu", "AMD EPYC <7763>"},
        {"cores", 2},
        {"kernel", "6.18"},
        {"clocksource", "tsc"},
        {"governor", "performance"},
        {"smt", "off"}}},
      {"software",
       {{"version", "0.1.0"},
        {"git_commit", "da17ba6"},
        {"git_dirty", false},
        {"compiler", "g++ 12.2"},
        {"mpi", "Open MPI 4.1.4"},
        {"zmq", "4.3.4"}}},
      {"mpi_parameters", {{"btl", "self,vader"}}},
      {"environment", json::object()},
      {"storage", "disk"},
      {"hosts", made_.clock ? 2 : 1}};
  write(path() + "/manifest.json", json::serialize(manifest));
  write(path() + "/argv.txt", "trunkline-lab\nrepeat\nexperiment.toml\n");
}

void MadeUpExperiment::write_launch(std::size_t launch, std::size_t arm) {
  const std::string name = "launch-" + std::string(launch < 10 ? "0" : "") + std::to_string(launch);
  const std::string directory = path() + "/" + name;
  fs::create_directory(directory);
  const bool launch_failed = made_.failed_launch == launch;
  json::array places;
  for (std::size_t i = 0; i < made_.places; ++i)
    places.push_back(json::string("rank " + std::to_string(i)));
  json::object object{{"launch", launch},
                      {"arm", std::string(1, static_cast<char>('A' + arm))},
                      {"order", launch},
                      {"began", "2026-11-26T10:00:00Z"},
                      {"ranks", arm + 1},
                      {"placement", made_.arms[arm]},
                      {"status", launch_failed ? "failed" : "complete"},
                      {"places", places},
                      {"nodes", {"node1"}}};
  if (launch_failed) object["why"] = "mpirun ended with 1";
  if (made_.floor) {
    object["floor"] = {{"rows",
                        {{{"name", "mpi"},
                          {"text", "MPI ping-pong, 64 B"},
                          {"direction", "one-way"},
                          {"n", 1000},
                          {"p50_us", 1.25},
                          {"p99_us", 2.5}}}},
                       {"road_p50_us", 150.0}};
  }
  write(directory + "/launch.json", json::serialize(object));

  std::mt19937_64 chance(launch);
  std::uniform_real_distribution<double> of_launch(0.97, 1.03);
  const double launch_scale = of_launch(chance) * made_.slower.at(arm);
  std::ofstream end_to_end(directory + "/e2e.hlog"), pairs(directory + "/pairs.hlog"),
      hops(directory + "/hops.hlog"), cells(directory + "/cells.jsonl"),
      series(directory + "/series.csv");
  lab::IntervalLog end_to_end_log(end_to_end, kStartS), pair_log(pairs, kStartS),
      hop_log(hops, kStartS);
  series << "cell,second,due,sent,shown,stored,refused,shown_p50_us,shown_p99_us,shown_max_us,"
            "backlog,generator_cores,hiccup_max_us\n";
  std::string traced = "TLTRACE1";
  put(traced, std::uint32_t{80});
  put(traced, std::uint32_t{0});
  std::size_t number = 0;
  for (const double rate : made_.rates) {
    for (const double size : made_.sizes) {
      Cell cell{number,
                rate,
                size,
                made_.void_cell == number,
                made_.saturated_cell == number,
                made_.failed_cell == number};
      if (made_.not_run == number && launch > 2) {
        write(directory + "/not_run.jsonl", "{\"launch\":" + std::to_string(launch) +
                                                ",\"cell\":" + std::to_string(number) +
                                                ",\"why\":\"saturated below\"}\n");
        ++number;
        continue;
      }
      const std::string tag = "c" + std::to_string(number) + ".";
      const double scale = launch_scale * (1 + rate / 8'000 + size / 4'096);
      std::vector<std::int64_t>& shown = shown_[{launch, number}];
      std::vector<lab::Histogram> of_pairs(made_.places * made_.places), of_hops(9);
      std::vector<lab::Histogram> of_waits(std::size(kWaits));
      lab::Histogram whole, all_shown, all_stored;
      for (std::size_t second = 0; second < kSeconds; ++second) {
        lab::Histogram in_second, stored, lateness;
        for (std::size_t i = 0; i < made_.samples / kSeconds; ++i) {
          const std::int64_t total = draw(chance, scale);
          shown.push_back(total);
          in_second.record(total);
          if (!made_.direct) stored.record(2 * total);
          lateness.record(5'000);
          whole.record(total - 5'000);
          for (std::size_t hop = 0; hop < of_hops.size(); ++hop) {
            of_hops[hop].record(static_cast<std::int64_t>((1 - made_.hops_lost) * kParts[hop] *
                                                          static_cast<double>(total - 5'000)));
          }
          for (std::size_t wait = 0; wait < of_waits.size(); ++wait) {
            of_waits[wait].record(
                static_cast<std::int64_t>(kWaits[wait].part * static_cast<double>(total)));
          }
          const std::size_t pair = i % of_pairs.size();
          if (pair % (made_.places + 1) != 0)
            of_pairs[pair].record(total + static_cast<std::int64_t>(20'000 * pair));
          if (!made_.traced) continue;
          const auto due = static_cast<std::int64_t>(1'000'000 * i);
          put(traced, static_cast<std::uint32_t>(number));
          put(traced, static_cast<std::uint32_t>(pair));
          put(traced, due);
          traced += wire::encoded(stamped(due, total));
        }
        all_shown.add(in_second);
        all_stored.add(stored);
        const auto begin = static_cast<double>(kSeconds * number + second);
        end_to_end_log.add(tag + "shown", begin, 1, in_second);
        end_to_end_log.add(tag + "stored", begin, 1, stored);
        end_to_end_log.add(tag + "lateness", begin, 1, lateness);
        series << number << "," << second << "," << rate << "," << rate << "," << rate << ","
               << rate << ",0," << static_cast<double>(in_second.at(0.5)) / 1000 << ","
               << static_cast<double>(in_second.at(0.99)) / 1000 << ","
               << static_cast<double>(in_second.max()) / 1000 << ",3,0.2,"
               << (second == 1 ? 1'500 : 60) << "\n";
      }
      series << number << "," << kSeconds << ",0,0,0,0,0,9,9,9,0,0.2,60\n";  // what came after
      for (std::size_t pair = 0; pair < of_pairs.size(); ++pair) {
        if (of_pairs[pair].count() == 0) continue;
        pair_log.add(
            tag + std::to_string(pair / made_.places) + "-" + std::to_string(pair % made_.places),
            static_cast<double>(kSeconds * number), kSeconds, of_pairs[pair]);
      }
      for (std::size_t hop = 0; hop < of_hops.size(); ++hop) {
        hop_log.add(tag + kStamps[hop] + "-" + kStamps[hop + 1],
                    static_cast<double>(kSeconds * number), kSeconds, of_hops[hop]);
      }
      const auto begin = static_cast<double>(kSeconds * number);
      for (std::size_t wait = 0; made_.waits && wait < of_waits.size(); ++wait) {
        hop_log.add(tag + "wait." + kWaits[wait].name, begin, kSeconds, of_waits[wait]);
      }
      if (made_.waits) hop_log.add(tag + "wait.end_to_end", begin, kSeconds, all_shown);
      hop_log.add(tag + "end_to_end", static_cast<double>(kSeconds * number), kSeconds, whole);
      const json::object line{
          {"launch", launch},
          {"arm", std::string(1, static_cast<char>('A' + arm))},
          {"cell", number},
          {"label", cell.label()},
          {"class", made_.direct ? "direct" : "stored"},
          {"protocol", "bin"},
          {"pairs", of_pairs.size()},
          {"arrivals", "const"},
          {"window", 0},
          {"warmup_s", 1},
          {"measured_s", kSeconds},
          {"size", size},
          {"shown_us", json_of(all_shown)},
          {"stored_us", json_of(all_stored)},
          {"rate", rate},
          {"failed", cell.failed},
          {"void", cell.is_void},
          {"steady", cell.saturated ? "saturated" : "steady"},
          {"offered_per_s", rate},
          {"achieved_per_s", cell.saturated ? 0.8 * rate : rate},
          {"checks",
           {check("generator in time", !cell.is_void, cell.is_void ? 90 : 5, 25,
                  cell.is_void ? "p99 of the lateness is 90 us, above a tenth of the p50"
                               : "p99 of the lateness is 5 us"),
            check("offered = achieved", !cell.saturated, cell.saturated ? 0.8 : 1, 0.99,
                  "achieved over offered")}},
          {"remarks", json::array()}};
      cells << json::serialize(line) << "\n";
      ++number;
    }
  }
  if (made_.traced) write(directory + "/traced.bin", traced);
  if (!made_.clock) return;
  std::string clock = lab::kClockHead;
  for (int second = 0; second < 30; ++second) {
    const int middle = 120'000 + 40 * second,
              bound = static_cast<int>(1'000 * made_.clock_bound_us) - 60 * second;
    clock += "0,0002," + std::to_string(second) + "," + std::to_string(middle - bound) + "," +
             std::to_string(middle) + "," + std::to_string(middle + bound) + "," +
             std::to_string(bound / 1000) + ",0.04,hull,0001,0002," +
             std::to_string(1'000'000'000LL * second) + "\n";
  }
  write(directory + "/clock.csv", clock);
}

double csv_value(const std::string& csv, const std::map<std::string, std::string>& where,
                 const std::string& column) {
  std::optional<double> found;
  std::istringstream in(csv);
  lab::read_csv(in, "csv", [&](const lab::CsvRow& row) {
    const bool wanted = std::all_of(where.begin(), where.end(), [&row](const auto& one) {
      return row.text(one.first) == one.second;
    });
    if (wanted && !found) found = row.number(column);
  });
  if (!found) throw std::runtime_error("there is no such row");
  return *found;
}

}  // namespace trunkline::tests
