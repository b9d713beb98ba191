#include "lab/launch_record.h"

#include <boost/json.hpp>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "lab/clock.h"
#include "lab/clock_csv.h"
#include "lab/format.h"
#include "lab/report.h"
#include "lab/whole_file.h"
#include "wire/stamp_clock.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

constexpr const char* kSeriesHead =
    "cell,second,due,sent,shown,stored,refused,shown_p50_us,shown_p99_us,shown_max_us,backlog,"
    "generator_cores,hiccup_max_us\n";

double epoch_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::string tag_of(std::size_t cell, std::string_view what) {
  return "c" + std::to_string(cell) + "." + std::string(what);
}

std::string series_row(std::size_t cell, const Slice& slice) {
  const auto number = [](std::uint64_t count) { return static_cast<unsigned long long>(count); };
  const TallySums& sums = slice.sums;
  const Times& times = slice.times;
  return format("%zu,%.3f,%llu,%llu,%llu,%llu,%llu,", cell, slice.begin_s,
                number(times.lateness.count()), number(sums.sent), number(sums.shown),
                number(sums.stored), number(sums.refused)) +
         format("%.3f,%.3f,%.3f,%llu,%.3f,%.3f\n", microseconds(times.shown.at(0.5)),
                microseconds(times.shown.at(0.99)), microseconds(times.shown.max()),
                number(slice.outstanding), slice.generator_cores,
                microseconds(times.hiccups.max()));
}

}  // namespace

std::string launch_directory(const std::string& directory, std::size_t launch) {
  return directory + format("/launch-%02zu", launch);
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

LaunchRecord::LaunchRecord(const std::string& directory, LaunchFacts facts)
    : facts_(std::move(facts)),
      directory_(launch_directory(directory, facts_.number)),
      made_ns_(now_ns()),
      made_stamp_ns_(static_cast<std::int64_t>(wire::stamp_clock_ns())),
      made_epoch_s_(epoch_s()),
      began_(utc_now()),
      e2e_file_(open("e2e.hlog")),
      pairs_file_(open("pairs.hlog")),
      hops_file_(open("hops.hlog")),
      hiccups_file_(open("hiccup.hlog")),
      series_(open("series.csv")),
      traced_(open("traced.bin")),
      cells_(open("cells.jsonl")),
      clock_(open("clock.csv")),
      e2e_(e2e_file_, made_epoch_s_),
      pairs_(pairs_file_, made_epoch_s_),
      hops_(hops_file_, made_epoch_s_),
      hiccups_(hiccups_file_, made_epoch_s_) {
  series_ << kSeriesHead << std::flush;
  clock_ << kClockHead << std::flush;
  wire::Bytes head("TLTRACE1");
  wire::Writer writer(head);
  writer.number(static_cast<std::uint32_t>(kTracedBytes));
  writer.number(std::uint32_t{0});
  traced_ << head << std::flush;
  write_facts("running", "");
}

std::ofstream LaunchRecord::open(const std::string& name) const {
  std::filesystem::create_directories(directory_);
  const std::string path = directory_ + "/" + name;
  if (std::filesystem::exists(path)) {
    throw std::runtime_error(path + " is there already: give another directory (-o)");
  }
  std::ofstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot write " + path);
  return file;
}

double LaunchRecord::seconds() const {
  return static_cast<double>(now_ns() - made_ns_) / 1e9;
}

OnSlice LaunchRecord::keep_slices(std::size_t cell) {
  // When measuring began is known by when its first second has ended.
  return [this, cell, began_s = -1.0](const Slice& slice) mutable {
    if (began_s < 0) {
      began_s = std::max(0.0, seconds() - slice.begin_s - slice.length_s);
    }
    series_ << series_row(cell, slice) << std::flush;
    keep(cell, began_s, slice);
  };
}

void LaunchRecord::keep(std::size_t cell, double began_s, const Slice& slice) {
  const double begin_s = began_s + slice.begin_s;
  e2e_.add(tag_of(cell, "shown"), begin_s, slice.length_s, slice.times.shown);
  e2e_.add(tag_of(cell, "stored"), begin_s, slice.length_s, slice.times.stored);
  e2e_.add(tag_of(cell, "lateness"), begin_s, slice.length_s, slice.times.lateness);
  hiccups_.add("c" + std::to_string(cell), begin_s, slice.length_s, slice.times.hiccups);
  traced_ << slice.traced;
  e2e_file_ << std::flush;
  hiccups_file_ << std::flush;
  traced_ << std::flush;
}

void LaunchRecord::add(std::size_t cell, const std::string& label, const LoadConfig& config,
                       const LoadResult& result) {
  const double end_s = seconds(), begin_s = std::max(0.0, end_s - result.measured_s);
  const PairRun& run = result.measured;
  for (std::size_t at = 0; at < run.between.size(); ++at) {
    if (!run.between[at]) continue;
    const std::string places =
        std::to_string(at / run.places) + "-" + std::to_string(at % run.places);
    pairs_.add(tag_of(cell, places), begin_s, result.measured_s, *run.between[at]);
  }
  for (const HopTable::Row& row : run.hops.rows()) {
    const std::string hop = std::string(word_of(row.from)) + "-" + std::string(word_of(row.to));
    hops_.add(tag_of(cell, hop), begin_s, result.measured_s, *row.times);
  }
  for (const HopTable::IdleRow& row : run.hops.idle_rows()) {
    const std::string hop = std::string(word_of(row.from)) + "-" + std::string(word_of(row.to));
    hops_.add(tag_of(cell, "idle." + std::string(word_of(row.idle)) + "." + hop), begin_s,
              result.measured_s, *row.times);
  }
  if (run.hops.messages() > 0) {
    hops_.add(tag_of(cell, "end_to_end"), begin_s, result.measured_s, run.hops.end_to_end());
  }
  write_clock_rows(clock_, cell, result.clock, made_stamp_ns_);
  clock_ << std::flush;
  pairs_file_ << std::flush;
  hops_file_ << std::flush;
  if (!result.postcards.all.empty()) {
    keep_postcards(cell, result.postcards, begin_s, result.measured_s);
  }
  json::object line = json_report(config, result);
  line["launch"] = facts_.number;
  line["arm"] = facts_.arm;
  line["cell"] = cell;
  line["label"] = label;
  cells_ << json::serialize(line) + "\n" << std::flush;
  if (!pairs_file_ || !hops_file_ || !cells_ || !e2e_file_ || !traced_ || !series_) {
    throw std::runtime_error("cannot write to " + directory_ + ": is the disk full?");
  }
}

// Raw, with the number of the cell and of the process; their names stand in postcards.json.
void LaunchRecord::keep_postcards(std::size_t cell, const Postcards& postcards, double begin_s,
                                  double length_s) {
  const std::string path = directory_ + "/postcards.bin";
  std::ofstream file(path, std::ios::binary | std::ios::app);
  wire::Bytes bytes;
  wire::Writer writer(bytes);
  if (!std::exchange(has_postcards_, true)) {
    writer.raw("TLCARDS1");
    writer.number(static_cast<std::uint32_t>(8 + wire::kCardBytes));
    writer.number(std::uint32_t{0});
  }
  json::array processes;
  for (const ClusterTrace::Cards& of : postcards.all) {
    for (const wire::Card& card : of.cards) {
      writer.number(static_cast<std::uint32_t>(cell));
      writer.number(static_cast<std::uint32_t>(processes.size()));
      writer.raw(wire::encoded(card));
    }
    processes.push_back(json::value(of.process));
  }
  file << bytes << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path + ": is the disk full?");
  write_whole(directory_ + "/postcards.json", json::serialize(processes) + "\n");
  for (const WaitTable::Row& row : postcards.waits.rows()) {
    hops_.add(tag_of(cell, "wait." + word_of(row.stretch)), begin_s, length_s, *row.times);
  }
  hops_.add(tag_of(cell, "wait.end_to_end"), begin_s, length_s, postcards.waits.end_to_end());
  hops_file_ << std::flush;
}

// Seldom, so that the file is made only where a cell is left out.
void LaunchRecord::leave_out(std::size_t cell, const std::string& label, const std::string& why) {
  const std::string path = directory_ + "/not_run.jsonl";
  std::ofstream file(path, std::ios::app);
  const json::object line{{"launch", facts_.number},
                          {"arm", facts_.arm},
                          {"cell", cell},
                          {"label", label},
                          {"why", why}};
  file << json::serialize(line) + "\n" << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path);
}

void LaunchRecord::end(const std::string& why) {
  write_facts(why.empty() ? "complete" : "failed", why);
}

void LaunchRecord::write_facts(const std::string& status, const std::string& why) const {
  const json::object facts{
      {"launch", facts_.number},
      {"began", began_},
      {"clock", {{"stamps_ns", made_stamp_ns_}, {"epoch_ns", nanoseconds_of(made_epoch_s_)}}},
      {"arm", facts_.arm},
      {"cluster", json::value_from(facts_.cluster)},
      {"places", json::value_from(facts_.places)},
      {"ranks", facts_.ranks},
      {"placement", facts_.floor.placement},
      {"floor", to_json(facts_.floor)},
      {"status", status},
      {"why", why}};
  write_whole(directory_ + "/launch.json", json::serialize(facts) + "\n");
}

}  // namespace trunkline::lab
