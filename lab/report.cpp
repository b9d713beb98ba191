#include "lab/report.h"

#include <boost/json.hpp>

#include "lab/checks.h"
#include "lab/clock.h"
#include "lab/format.h"
#include "lab/percentiles.h"
#include "lab/statistics.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

std::string percentile_row(const char* name, const Histogram& times) {
  std::string row = format("%-24s %10llu", name, static_cast<unsigned long long>(times.count()));
  for (const auto& [_, quantile] : kPercentiles) {
    const bool enough = times.count() >= samples_needed(quantile);
    row += format(" %10.1f%c", microseconds(times.at(quantile)), enough ? ' ' : '~');
  }
  return row + format(" %10.1f\n", microseconds(times.max()));
}

// Of a cluster that kept up: else nothing is at rest, within a launch or without.
std::optional<WithinLaunch> within_launch(const LoadConfig& config, const LoadResult& result) {
  if (steadiness_of(result.tenths, result.due) == Steadiness::saturated) return std::nullopt;
  return within_launch(result.shown_by_tenth, config.seed);
}

std::string within_launch_line(const LoadConfig& config, const LoadResult& result) {
  const auto within = within_launch(config, result);
  if (!within) return {};
  std::string text = "shown at B, within this launch [95 %]:";
  for (std::size_t i = 0; i < std::size(kPercentiles); ++i) {
    const auto& interval = within->intervals[i];
    if (!interval) continue;
    text += format(" %s [%.1f, %.1f]", kPercentiles[i].name, interval->low, interval->high);
  }
  return text + format("; blocks of %.1f s; launches differ by more\n", within->block_s);
}

std::string percentile_head() {
  std::string head = format("%-24s %10s", "µs from the due time", "n");
  for (const auto& [name, _] : kPercentiles) head += format(" %10s ", name);
  return " " + head + format(" %10s\n", "max");  // µ is two bytes
}

// A time between hosts that is smaller than what is known of their clocks is told as its bound.
std::string hop_value(const Histogram& times, double quantile, const ClockFindings::Bound& bound) {
  const std::int64_t value = times.at(quantile);
  const bool below = bound.worst_ns > 0 && value < bound.worst_ns;
  return format(
      " %10s",
      format(below ? "<= %.1f" : "%.1f", microseconds(below ? bound.worst_ns : value)).c_str());
}

std::string hop_row(const std::string& name, const Histogram& times,
                    const ClockFindings::Bound& bound = {}) {
  return format("  %-46s %10llu", name.c_str(), static_cast<unsigned long long>(times.count())) +
         hop_value(times, 0.5, bound) + hop_value(times, 0.99, bound) +
         format(" %10.1f\n", times.mean() / 1000.0);
}

std::string hop_table(const HopTable& hops, const ClockFindings& clock) {
  if (hops.messages() == 0) return {};
  std::string text =
      format("\nhops of %llu traced messages, µs%29s %10s %10s %10s\n",
             static_cast<unsigned long long>(hops.messages()), "n", "p50", "p99", "mean");
  double sum_p50 = 0, sum_mean = 0;
  for (const HopTable::Row& row : hops.rows()) {
    const std::string name = std::string(name_of(row.from)) + " -> " + std::string(name_of(row.to));
    const Histogram& times = *row.times;
    // A hop that only some messages took counts for that share of the sum.
    const double share = static_cast<double>(times.count()) / static_cast<double>(hops.messages());
    sum_p50 += share * microseconds(times.at(0.5));
    sum_mean += share * times.mean() / 1000.0;
    const ClockFindings::Bound bound = clock.bound(row.from, row.to);
    text += hop_row(name, times, bound);
    for (const HopTable::IdleRow& by : hops.idle_rows()) {
      if (by.from != row.from || by.to != row.to) continue;
      text += hop_row("  " + std::string(name_of(by.idle)), *by.times, bound);
    }
    if (times.negatives() > 0) {
      text += format(
          "    %llu of them negative, down to %.1f: %s\n",
          static_cast<unsigned long long>(times.negatives()), microseconds(times.lowest()),
          -times.lowest() <= bound.worst_ns ? "within the bound of the clocks" : "clocks disagree");
    }
  }
  const Histogram& whole = hops.end_to_end();
  text += format("  %-46s %10s %10.1f %10s %10.1f\n", "sum of the hops", "", sum_p50, "", sum_mean);
  text += format("  %-46s %10s %10.1f %10.1f %10.1f\n", "end to end, from the first stamp", "",
                 microseconds(whole.at(0.5)), microseconds(whole.at(0.99)), whole.mean() / 1000.0);
  return text;
}

std::string wait_table(const Postcards& postcards) {
  if (postcards.all.empty()) return {};
  const WaitTable& waits = postcards.waits;
  std::string text =
      format("\nroad of %llu messages by their postcards, µs%23s %10s %10s %10s\n",
             static_cast<unsigned long long>(waits.messages()), "n", "p50", "p99", "mean");
  double sum_mean = 0;
  for (const WaitTable::Row& row : waits.rows()) {
    text += hop_row(name_of(row.stretch), *row.times);
    for (const auto& [idle, times] : row.by_idle) {
      text += hop_row("  " + std::string(name_of(idle)), *times);
    }
    sum_mean += row.times->mean() / 1000.0 * static_cast<double>(row.times->count()) /
                static_cast<double>(waits.messages());
  }
  text += format("  %-46s %10s %10s %10s %10.1f\n", "sum", "", "", "", sum_mean);
  text += hop_row("due to received", waits.end_to_end());
  if (postcards.lost > 0 || waits.unfinished() > 0) {
    text += format("  %llu cards lost (rings were full), %llu messages left out\n",
                   static_cast<unsigned long long>(postcards.lost),
                   static_cast<unsigned long long>(waits.unfinished()));
  }
  return text;
}

std::string clock_line(const ClockFindings& clock) {
  const std::string sentence = clock_sentence(clock);
  return sentence.empty() ? sentence : sentence + "\n";
}

double per_message(double value, const LoadResult& result) {
  const std::uint64_t messages = result.measured.shown_in_time;
  return messages == 0 ? 0 : value / static_cast<double>(messages);
}

std::string servers_line(const LoadConfig& config, const LoadResult& result) {
  if (config.pids.empty()) return {};
  return format("servers: %zu processes, per message %.1f µs of CPU and %.2f sleeps%s\n",
                config.pids.size(), per_message(result.servers.cpu_us, result),
                per_message(static_cast<double>(result.servers.sleeps), result),
                result.servers.complete ? "" : " (one ended or began: not the whole)");
}

// Over the whole run, warm-up and logins included.
std::string rank_lines(const LoadResult& result) {
  if (result.counters.empty() || result.sums.shown == 0) return {};
  std::string causes;
  for (const auto& [cause, count] : by_label(result.counters, "wakeups_total")) {
    const double each = count / static_cast<double>(result.sums.shown);
    if (each >= 0.005) causes += format(" %s %.2f", cause.c_str(), each);
  }
  const std::string text = causes.empty() ? causes : "ranks woken per message by" + causes + "\n";
  std::string drops;
  for (const auto& [cause, count] : by_label(result.counters, "direct_dropped_total")) {
    if (count > 0) drops += format(" %.0f (%s)", count, cause.c_str());
  }
  return drops.empty() ? text : text + "ranks dropped direct messages:" + drops + "\n";
}

std::string load_words(const LoadConfig& config) {
  if (config.window > 0) return format("maximum rate, window %zu a pair", config.window);
  if (config.arrivals.starts_with("file:")) return "open loop, " + config.arrivals;
  const std::string rate = format("open loop, %.0f/s", config.rate_per_second);
  if (config.arrivals == "const") return rate;
  return rate + " " + config.arrivals +
         format(" (seed %llu)", static_cast<unsigned long long>(config.seed));
}

std::string load_line(const LoadConfig& config) {
  const std::string load = load_words(config);
  const std::size_t pairs = config.traffic.pairs().size();
  return format(
      "%s, %zu pair%s, %zu B, %s class, .%s, warm-up %.1f s, measured %.1f s\n", load.c_str(),
      pairs, pairs == 1 ? "" : "s", config.body_bytes, is_direct(config) ? "direct" : "stored",
      config.protocol == Protocol::bin ? "bin" : "json", config.warmup_s, config.measured_s);
}

std::string storage_line(const PairRun& measured) {
  if (!measured.storage) return {};
  const std::string line = "storage: " + std::string(to_string(*measured.storage));
  return line + (*measured.storage == wire::Storage::disk ? "\n" : " (a power cut takes it)\n");
}

std::string refusals_line(const LoadResult& result) {
  std::string line;
  for (const auto& [code, count] : result.measured.refusals) {
    line +=
        format("%s %llu %s", line.empty() ? "refused:" : ",",
               static_cast<unsigned long long>(count), std::string(wire::to_string(code)).c_str());
  }
  return line.empty() ? line : line + "\n";
}

}  // namespace

std::string text_report(const LoadConfig& config, const LoadResult& result) {
  const TallySums& sums = result.sums;
  const PairRun& measured = result.measured;
  std::string text = load_line(config) + storage_line(measured) + percentile_head();
  text += percentile_row("shown at B", result.times.shown);
  if (!is_direct(config)) text += percentile_row("STORED at A", result.times.stored);
  text += percentile_row("lateness of the sends", result.times.lateness);
  text += within_launch_line(config, result);
  text += format("%.0f/s shown", static_cast<double>(measured.shown_in_time) / result.measured_s);
  if (!is_direct(config)) {
    text +=
        format(", %.0f/s stored", static_cast<double>(measured.stored_in_time) / result.measured_s);
  }
  const std::string generators =
      config.generators == 1 ? "generator" : format("%zu generators", config.generators);
  text += "; " + generators + format(" %.2f cores\n", result.generator_cores);
  text += format("sent %llu, %s %llu, duplicated %llu, reordered %llu",
                 static_cast<unsigned long long>(sums.sent), is_direct(config) ? "dropped" : "lost",
                 static_cast<unsigned long long>(not_shown(sums)),
                 static_cast<unsigned long long>(sums.duplicated),
                 static_cast<unsigned long long>(sums.reordered));
  if (!is_direct(config)) {
    text += format(", unanswered %llu", static_cast<unsigned long long>(not_answered(sums)));
  }
  text += "\n" + refusals_line(result) + servers_line(config, result) + rank_lines(result) +
          hop_table(measured.hops, result.clock) + clock_line(result.clock) +
          wait_table(result.postcards);
  for (const Check& check : checks_of(config, result)) {
    if (!check.passed) text += "CHECK FAILED " + check.name + ": " + check.text + "\n";
  }
  return text;
}

namespace {

json::object json_of(const Histogram& times) {
  json::object object{{"n", times.count()}};
  for (const auto& [name, quantile] : kPercentiles) {
    object[name] = microseconds(times.at(quantile));
  }
  object["max"] = microseconds(times.max());
  object["mean"] = times.mean() / 1000.0;
  return object;
}

json::object json_of(const std::map<std::string, double>& values) {
  json::object object;
  for (const auto& [key, value] : values) object[key] = value;
  return object;
}

json::array json_of(const std::vector<Check>& checks) {
  json::array all;
  for (const Check& check : checks) {
    all.push_back({{"name", check.name},
                   {"passed", check.passed},
                   {"value", check.value},
                   {"limit", check.limit},
                   {"text", check.text}});
  }
  return all;
}

// Absent: nobody knows.
json::value bound_us(const ClockFindings& clock, const HopTable::Row& row) {
  const ClockFindings::Bound bound = clock.bound(row.from, row.to);
  return clock.hosts() > 0 && bound.known ? json::value(microseconds(bound.worst_ns))
                                          : json::value();
}

json::array json_of(const HopTable& hops, const ClockFindings& clock) {
  json::array rows;
  for (const HopTable::Row& row : hops.rows()) {
    json::object object = json_of(*row.times);
    object["from"] = std::string(name_of(row.from));
    object["to"] = std::string(name_of(row.to));
    json::object by_idle;
    for (const HopTable::IdleRow& by : hops.idle_rows()) {
      if (by.from == row.from && by.to == row.to) by_idle[word_of(by.idle)] = json_of(*by.times);
    }
    if (!by_idle.empty()) object["by_idle"] = std::move(by_idle);
    object["bound_us"] = bound_us(clock, row);
    object["negative"] = row.times->negatives();
    object["lowest"] = microseconds(row.times->lowest());
    rows.push_back(std::move(object));
  }
  return rows;
}

json::value json_of(const Postcards& postcards) {
  if (postcards.all.empty()) return nullptr;
  json::array rows;
  for (const WaitTable::Row& row : postcards.waits.rows()) {
    json::object object = json_of(*row.times);
    object["name"] = name_of(row.stretch);
    object["from"] = word_of(row.stretch.from);
    object["to"] = word_of(row.stretch.to);
    json::object by_idle;
    for (const auto& [idle, times] : row.by_idle) by_idle[word_of(idle)] = json_of(*times);
    if (!by_idle.empty()) object["by_idle"] = std::move(by_idle);
    rows.push_back(std::move(object));
  }
  return json::object{{"messages", postcards.waits.messages()},
                      {"left_out", postcards.waits.unfinished()},
                      {"cards_lost", postcards.lost},
                      {"stretches", std::move(rows)},
                      {"end_to_end", json_of(postcards.waits.end_to_end())}};
}

// With the place of each pair's receiver: whose clock its edge reads stands in `edges`.
json::value clock_json(const LoadConfig& config, const ClockFindings& clock) {
  json::value value = to_json(clock);
  if (value.is_null()) return value;
  json::array& places = value.get_object()["pairs_to"].emplace_array();
  for (const Ends& pair : config.traffic.pairs()) places.push_back(pair.to);
  return value;
}

json::value within_launch_json(const LoadConfig& config, const LoadResult& result) {
  const auto within = within_launch(config, result);
  if (!within) return {};
  json::object object{{"series", "shown"},
                      {"method", "moving-block bootstrap"},
                      {"block_s", within->block_s},
                      {"confidence", kConfidence}};
  for (std::size_t i = 0; i < std::size(kPercentiles); ++i) {
    const auto& interval = within->intervals[i];
    if (interval) object[kPercentiles[i].name] = json::array{interval->low, interval->high};
  }
  return object;
}

// Of the measured time, the seconds at its beginning in which it had not come to rest.
json::value warm_up_in(const LoadResult& result) {
  std::vector<double> medians;
  for (const Tenth& tenth : result.tenths) medians.push_back(tenth.median_us);
  const auto tenths = warm_up_length(medians);
  return tenths ? json::value(static_cast<double>(*tenths) / 10) : json::value();
}

}  // namespace

json::object json_report(const LoadConfig& config, const LoadResult& result) {
  const TallySums& sums = result.sums;
  const PairRun& measured = result.measured;
  const std::vector<Check> checks = checks_of(config, result);
  return {
      {"class", is_direct(config) ? "direct" : "stored"},
      {"protocol", config.protocol == Protocol::bin ? "bin" : "json"},
      {"pairs", config.traffic.pairs().size()},
      {"matrix", config.matrix.empty() ? json::value() : json::value(config.matrix)},
      {"size", config.body_bytes},
      {"rate", config.window > 0 ? json::value() : json::value(config.rate_per_second)},
      {"arrivals", config.window > 0 ? json::value() : json::value(config.arrivals)},
      {"seed", config.seed},
      {"window", config.window},
      {"storage", measured.storage ? json::value(to_string(*measured.storage)) : json::value()},
      {"warmup_s", config.warmup_s},
      {"measured_s", result.measured_s},
      {"shown_us", json_of(result.times.shown)},
      {"stored_us", json_of(result.times.stored)},
      {"lateness_us", json_of(result.times.lateness)},
      {"within_launch_us", within_launch_json(config, result)},
      {"shown_per_s", static_cast<double>(measured.shown_in_time) / result.measured_s},
      {"stored_per_s", static_cast<double>(measured.stored_in_time) / result.measured_s},
      {"sent", sums.sent},
      {"shown", sums.shown},
      {"stored", sums.stored},
      {"refused", sums.refused},
      {"lost", is_direct(config) ? 0 : not_shown(sums)},
      {"dropped", is_direct(config) ? not_shown(sums) : 0},
      {"duplicated", sums.duplicated},
      {"reordered", sums.reordered},
      {"generators", config.generators},
      {"generator_cores", result.generator_cores},
      {"servers", config.pids.size()},
      {"server_cpu_us_per_message", per_message(result.servers.cpu_us, result)},
      {"server_sleeps_per_message",
       per_message(static_cast<double>(result.servers.sleeps), result)},
      {"servers_complete", result.servers.complete},
      {"rank_wakeups", json_of(by_label(result.counters, "wakeups_total"))},
      {"rank_direct_dropped", json_of(by_label(result.counters, "direct_dropped_total"))},
      {"hops_us", json_of(measured.hops, result.clock)},
      {"end_to_end_us", json_of(measured.hops.end_to_end())},
      {"waits_us", json_of(result.postcards)},
      {"traced_us", measured.traced ? json::value(json_of(*measured.traced)) : json::value()},
      {"padded_us", measured.padded ? json::value(json_of(*measured.padded)) : json::value()},
      {"clock", clock_json(config, result.clock)},
      {"due", result.due},
      {"offered_per_s", static_cast<double>(result.due) / result.measured_s},
      {"achieved_per_s", static_cast<double>(measured.shown_in_time) / result.measured_s},
      {"warm_up_in_it_s", warm_up_in(result)},
      {"steady", to_string(steadiness_of(result.tenths, result.due))},
      {"void", !all_passed(checks, CheckKind::validity)},
      {"failed", !all_passed(checks, CheckKind::promise)},
      {"passed", all_passed(checks)},
      {"checks", json_of(checks)},
  };
}

std::string left_out_report(const std::string& label, const std::string& why, bool as_json) {
  if (!as_json) return label + ": not run: " + why;
  return json::serialize(json::object{{"label", label}, {"not_run", why}});
}

std::string progress_line(const Progress& progress) {
  if (progress.phase == Phase::logging_in) {
    return format("logging in: %zu pairs", progress.pairs_ready);
  }
  return format("%s: %.0f s, sent %llu, shown %llu", std::string(to_string(progress.phase)).c_str(),
                progress.seconds_in_phase, static_cast<unsigned long long>(progress.sums.sent),
                static_cast<unsigned long long>(progress.sums.shown));
}

}  // namespace trunkline::lab
