#include "lab/experiment_report.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "lab/experiment_data.h"
#include "lab/experiment_html.h"
#include "lab/experiment_summary.h"
#include "lab/experiment_tree.h"
#include "lab/experiment_verdict.h"
#include "lab/hop_account.h"
#include "lab/plot_svg.h"
#include "lab/whole_file.h"

namespace trunkline::lab {
namespace fs = std::filesystem;

namespace {

// As `sha256sum -c` reads them. What `watch` shows changes while launches go on.
std::string checksums(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = fs::relative(entry.path(), directory).string();
    const bool is_told = entry.is_regular_file() && name != "SHA256SUMS" && name != "status.json" &&
                         !name.ends_with(".new");
    if (is_told) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) {
    text += sha256_of_file(directory + "/" + name) + "  " + name + "\n";
  }
  return text;
}

void write_figures(const std::string& directory, const Figures& figures) {
  constexpr double kFileWidth = 760;
  fs::remove_all(directory + "/fig");  // of an earlier report
  fs::create_directories(directory + "/fig");
  for (const Plot& plot : figures.plots) {
    const std::string path = directory + "/fig/" + plot.name;
    write_whole(path + ".svg", drawing_of(plot, kFileWidth).file(plot.title));
    write_whole(path + ".csv", csv_of(plot));
    write_whole(path + ".gp", gnuplot_of(plot));
  }
}

std::string hosts_words(const RecordedExperiment& experiment, const ExperimentData& data) {
  if (experiment.hosts == 1) return "single host: nothing is said of a network\n";
  const auto bound = clock_bound_us(data);
  const std::string hosts =
      experiment.hosts == 0 ? "" : std::to_string(experiment.hosts) + " hosts: ";
  if (!bound) return hosts + "hops between hosts have no bound\n";
  return hosts + "hops between hosts are known to ±" + number_text(*bound) + " µs\n";
}

std::string words_of(const RecordedExperiment& experiment, const ExperimentData& data,
                     const ExperimentVerdict& verdict) {
  std::string text =
      experiment.title + "\nverdict: " + verdict.word + "\n" + verdict.sentence + "\n";
  text += hosts_words(experiment, data);
  for (const RecordedCheck& check : verdict.checks) {
    text += (check.passed ? "  passed  " : "  FAILED  ") + check.name + ": " + check.text + "\n";
  }
  for (const RecordedArm& arm : experiment.arms) {
    for (const PlannedCell& cell : experiment.cells) {
      const std::string left_out = left_out_text(experiment, arm.name, cell.number);
      if (left_out.empty()) continue;
      text += cell.label + (experiment.arms.size() > 1 ? " (" + arm.label + "): " : ": ") +
              left_out + "\n";
    }
  }
  return text;
}

}  // namespace

ExperimentReport write_experiment_report(const std::string& directory) {
  const RecordedExperiment experiment = read_recorded_experiment(directory);
  const ExperimentData data = read_data(experiment);
  const ExperimentVerdict verdict = judge(experiment, data);
  const std::vector<ArmComparison> comparisons = compare_arms(experiment, data);
  const Figures figures = figures_of(experiment, data);
  const auto write = [&directory](const char* name, const std::string& content) {
    write_whole(directory + "/" + name, content);
  };
  write("summary.csv", summary_csv(data));
  write("summary.jsonl", summary_json_lines(data));
  write("summary.schema.json", summary_schema());
  write("verdict.json", verdict_json(experiment, data, verdict));
  if (!comparisons.empty()) write("compare.json", compare_json(comparisons));
  write_figures(directory, figures);
  write("report.html", html_of({experiment, data, verdict, comparisons, figures}));
  write("SHA256SUMS", checksums(directory));

  ExperimentReport report{verdict.ok(), words_of(experiment, data, verdict)};
  for (const ArmComparison& one : comparisons) {
    if (one.rows.empty() && one.left_out.empty()) continue;
    report.text +=
        "\nA: " + experiment.label_of_arm(one.a) + ", B: " + experiment.label_of_arm(one.b) + "\n";
    report.text += comparison_text(one);
  }
  report.text += osu_tables(experiment, data) + "\n" + metric_lines(experiment, data);
  return report;
}

}  // namespace trunkline::lab
