#include "lab/export_verb.h"

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "lab/exit_status.h"
#include "lab/launch_record.h"
#include "lab/recorded_messages.h"
#include "lab/trace_export.h"
#include "lab/whole_file.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

// Of all launches. Returns how many there were.
std::size_t for_each_message(const std::string& directory,
                             const std::function<void(const LaunchMessage&)>& take) {
  std::size_t messages = 0, launch = 1;
  for (;; ++launch) {
    const bool is_there =
        read_messages(launch_directory(directory, launch), [&](const TracedMessage& message) {
          ++messages;
          take({launch, message});
        });
    if (!is_there) break;
  }
  if (launch == 1) throw std::runtime_error(directory + " has no launch-01/traced.bin");
  if (messages == 0) {
    throw std::runtime_error("no message of " + directory + " was traced: measure with --trace");
  }
  return messages;
}

std::vector<LaunchMessage> exemplars_of(const ExportOptions& options) {
  Slowest slowest(options.exemplars);
  for_each_message(options.directory, [&](const LaunchMessage& one) { slowest.add(one); });
  return slowest.take();
}

void write_chrome(const ExportOptions& options, const std::vector<LaunchMessage>& exemplars) {
  const std::string path = options.directory + "/trace.chrome.json";
  std::ofstream file(path);
  write_chrome_trace(file, exemplars);
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  std::printf("%s: open it in https://ui.perfetto.dev or chrome://tracing\n", path.c_str());
}

// What launches say of both clocks when they began.
std::map<std::size_t, std::int64_t> epochs_of(const ExportOptions& options,
                                              const std::vector<LaunchMessage>& exemplars) {
  std::map<std::size_t, std::int64_t> epochs;
  for (const LaunchMessage& one : exemplars) {
    const std::string path = launch_directory(options.directory, one.launch) + "/launch.json";
    boost::system::error_code error;
    const json::value facts = json::parse(read_whole(path).value_or("{}"), error);
    if (error) throw std::runtime_error(path + ": " + error.message());
    const json::value* clock = facts.as_object().if_contains("clock");
    if (clock == nullptr) continue;
    epochs[one.launch] = clock->at("epoch_ns").to_number<std::int64_t>() -
                         clock->at("stamps_ns").to_number<std::int64_t>();
  }
  return epochs;
}

void write_otlp(const ExportOptions& options, const std::vector<LaunchMessage>& exemplars) {
  const auto epochs = epochs_of(options, exemplars);
  const std::string path = options.directory + "/trace.otlp.json";
  std::ofstream file(path);
  write_otlp_trace(file, exemplars, epochs);
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  std::printf(
      "%s: for collectors of OpenTelemetry (OTLP/HTTP, JSON)%s\n", path.c_str(),
      epochs.empty() ? "; its launches do not tell the wall clock: times are the stamps'" : "");
}

void write_stamps(const ExportOptions& options) {
  const std::string path = options.directory + "/stamps.csv";
  std::ofstream file(path, std::ios::binary);
  write_stamps_head(file);
  const std::size_t rows = for_each_message(
      options.directory, [&](const LaunchMessage& one) { write_stamps_row(file, one); });
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  std::printf("%s: %zu messages\n", path.c_str(), rows);
}

}  // namespace

CLI::App& add_export(CLI::App& app, ExportOptions& options) {
  CLI::App& verb = *app.add_subcommand("export", "traced messages, for other tools");
  verb.add_option("directory", options.directory, "of an experiment")
      ->required()
      ->check(CLI::ExistingDirectory);
  auto* forms = verb.add_option_group("form");
  forms->add_flag("--chrome", options.chrome,
                  "DIR/trace.chrome.json: the slowest, hop by hop, for Perfetto");
  forms->add_flag("--otlp", options.otlp,
                  "DIR/trace.otlp.json: the same for OpenTelemetry (OTLP, JSON encoding)");
  forms->add_flag("--csv", options.csv, "DIR/stamps.csv: all of them, for pandas");
  forms->require_option(1, 3);
  verb.add_option("--exemplars", options.exemplars,
                  "of --chrome and --otlp: so many of the slowest")
      ->check(CLI::Range(std::size_t{1}, std::size_t{20'000}))
      ->capture_default_str();
  return verb;
}

int export_traces(const ExportOptions& options) {
  if (options.chrome || options.otlp) {
    const auto exemplars = exemplars_of(options);
    if (options.chrome) write_chrome(options, exemplars);
    if (options.otlp) write_otlp(options, exemplars);
  }
  if (options.csv) write_stamps(options);
  return kExitGood;
}

}  // namespace trunkline::lab
