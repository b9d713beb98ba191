#include "lab/experiment_summary.h"

#include <boost/json.hpp>

#include "lab/csv.h"
#include "lab/format.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

struct Column {
  const char* name;
  const char* type;  // of JSON
  const char* meaning;
};
constexpr Column kColumns[] = {
    {"launch", "integer", "number of the launch, a fresh start of the cluster"},
    {"arm", "string", "configuration of the cluster"},
    {"cell", "integer", "number of the cell"},
    {"label", "string", "of the cell"},
    {"class", "string", "direct or stored"},
    {"size_bytes", "number", "bytes of each body"},
    {"rate_per_s", "number", "offered messages a second; absent in a closed loop"},
    {"series", "string",
     "shown, stored, lateness, hop:FROM-TO, doorbell:FROM-TO … (by what the rank did) "
     "and end_to_end (stamps), "
     "wait:FROM-TO and waits (postcards)"},
    {"direction", "string", "one-way, rtt or none"},
    {"quantile", "string", "p50 to p99.99, or max"},
    {"value_us", "number", "microseconds; absent: n too small, or unbounded (saturated)"},
    {"n", "integer", "samples of this launch"},
    {"enough", "boolean", "whether n suffices for this quantile"},
    {"steady", "string", "steady, trend, saturated or short"},
    {"void", "boolean", "the generator could not drive this cell: says nothing of the cluster"},
};

// A row in the order of kColumns.
std::vector<json::value> row_of(const SeriesRun& series, std::size_t place) {
  const RecordedCell& run = *series.run;
  const Percentile& percentile = kFarPercentiles[place];
  const bool enough = enough_for(series.n, percentile.quantile);
  const bool grows = percentile.quantile >= 0.99 && run.saturated() &&
                     (series.series == "shown" || series.series == "stored");
  return {run.launch,
          json::string(run.arm),
          run.cell,
          json::string(run.label),
          json::string(run.message_class),
          run.size_bytes,
          run.rate_per_s ? json::value(*run.rate_per_s) : json::value(),
          json::string(series.series),
          json::string(direction_of(series.series)),
          json::string(percentile.name),
          enough && !grows ? json::value(series.values_us[place]) : json::value(),
          series.n,
          enough,
          json::string(run.steady),
          run.is_void};
}

template <class OnRow>
void each_row(const ExperimentData& data, const OnRow& on_row) {
  for (const SeriesRun& series : data.series) {
    if (series.series.starts_with("pair:")) continue;
    for (std::size_t place = 0; place < series.values_us.size(); ++place) {
      on_row(row_of(series, place));
    }
  }
}

std::string csv_field(const json::value& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_double()) return csv_number(value.get_double());
  return json::serialize(value);
}

std::string metric(const std::string& name, const Estimate& estimate, const char* unit) {
  if (estimate.n == 0) return {};
  const auto middle = estimate.middle();
  if (!middle) return name + ": " + value_text(estimate) + "\n";
  std::string lines = name + format(": %.3f %s\n", *middle, unit);
  if (const auto found = estimate.interval()) {
    lines += name + format(".low: %.3f %s\n", found->low, unit);
    lines += name + format(".high: %.3f %s\n", found->high, unit);
  }
  return lines;
}

// As OSU's tables are read: the size, the value, and more columns behind them.
std::string osu_row(const ExperimentData& data, const RecordedCell& run) {
  std::string row = format("%-16.0f", run.size_bytes);
  for (const char* percentile : {"p50", "p99"}) {
    const Estimate found = estimate_of(data, run.arm, run.cell, "shown", percentile);
    row += found.middle() ? format("%16.2f", *found.middle())
                          : format("%16s", value_text(found).c_str());
  }
  const Estimate found = estimate_of(data, run.arm, run.cell, "shown", "p50");
  return row + format("%16llu", static_cast<unsigned long long>(found.n)) + "\n";
}

}  // namespace

std::string summary_csv(const ExperimentData& data) {
  std::vector<std::string> head;
  for (const Column& column : kColumns) head.push_back(column.name);
  std::string text = csv_row(head);
  each_row(data, [&text](const std::vector<json::value>& row) {
    std::vector<std::string> fields;
    for (const json::value& value : row) fields.push_back(csv_field(value));
    text += csv_row(fields);
  });
  return text;
}

std::string summary_json_lines(const ExperimentData& data) {
  std::string text;
  each_row(data, [&text](const std::vector<json::value>& row) {
    json::object object;
    for (std::size_t i = 0; i < row.size(); ++i) object[kColumns[i].name] = row[i];
    text += json::serialize(object) + "\n";
  });
  return text;
}

std::string summary_schema() {
  json::object properties;
  json::array required;
  for (const Column& column : kColumns) {
    const std::string name = column.name;
    const bool may_be_absent = name == "rate_per_s" || name == "value_us";
    properties[name] = {{"type", may_be_absent ? json::value(json::array{column.type, "null"})
                                               : json::value(column.type)},
                        {"description", column.meaning}};
    required.push_back(json::string(name));
  }
  const json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                            {"title", "A row of an experiment of trunkline-lab"},
                            {"type", "object"},
                            {"properties", properties},
                            {"required", required},
                            {"additionalProperties", false}};
  return json::serialize(schema) + "\n";
}

std::string metric_lines(const RecordedExperiment& experiment, const ExperimentData& data) {
  std::string lines;
  for (const RecordedArm& arm : experiment.arms) {
    for (const PlannedCell& cell : experiment.cells) {
      const std::string begin = arm.name + ".c" + std::to_string(cell.number) + ".";
      for (const char* series : {"shown", "stored"}) {
        for (const Percentile& percentile : kFarPercentiles) {
          lines += metric(begin + series + "." + percentile.name,
                          estimate_of(data, arm.name, cell.number, series, percentile.name), "us");
        }
      }
      lines += metric(begin + "achieved", achieved_of(experiment, arm.name, cell.number), "1/s");
    }
  }
  return lines;
}

std::string osu_tables(const RecordedExperiment& experiment, const ExperimentData& data) {
  if (experiment.axis != "size") return {};
  std::string text;
  for (const RecordedArm& arm : experiment.arms) {
    text += "\n# " + arm.label + ": one-way, shown at the receiver, medians over launches\n";
    text += format("%-16s%16s%16s%16s\n", "# Size", "Latency (us)", "P99 (us)", "n");
    for (const PlannedCell& planned : experiment.cells) {
      for (const RecordedCell* run : all_cells(experiment)) {
        if (run->arm != arm.name || run->cell != planned.number) continue;
        text += osu_row(data, *run);
        break;  // all launches have the same cells
      }
    }
  }
  return text;
}

}  // namespace trunkline::lab
