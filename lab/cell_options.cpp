#include "lab/cell_options.h"

#include <stdexcept>

#include "lab/ranges.h"

namespace trunkline::lab {
namespace {

std::vector<double> values_of(const char* option, const std::string& words) {
  try {
    return parse_range(words);
  } catch (const std::invalid_argument& problem) {
    throw CLI::ValidationError(option, problem.what());
  }
}

// Words between which a matrix has commas (hotspot:0.2) do not exist, so a comma parts them.
std::vector<std::string> matrices_of(const std::string& words) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at <= words.size();) {
    const std::size_t end = std::min(words.find(',', at), words.size());
    all.push_back(words.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

void set_lengths(const CellOptions& options, Cell& cell) {
  if (options.messages > 0) {
    cell.measured_s = static_cast<double>(options.messages) / cell.rate_per_second;
  }
  if (options.warmup_messages > 0) {
    cell.warmup_s = static_cast<double>(options.warmup_messages) / cell.rate_per_second;
  }
}

}  // namespace

void add_cell_options(CLI::App& app, CellOptions& options, bool sweeps) {
  const std::map<std::string, wire::MessageClass> classes{{"direct", wire::MessageClass::direct},
                                                          {"stored", wire::MessageClass::stored}};
  const std::map<std::string, Protocol> protocols{{"bin", Protocol::bin}, {"json", Protocol::json}};
  const std::string several = sweeps ? "; several: 1,2,5 or 16:64K or 1k:200k:x2" : "";
  Cell& cell = options.cell;
  app.add_option("-r,--rate", options.rates,
                 "open loop: messages a second, all pairs together" + several)
      ->capture_default_str();
  app.add_option("-m,--size", options.sizes, "bytes of each body" + several)->capture_default_str();
  app.add_option("--pairs", cell.pairs, "pairs of clients, A sends to B")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--matrix", options.matrices,
                 "who sends to whom, by edges: uniform, zipf:S, neighbour:K, hotspot:P, a2a, perm, "
                 "incast or file:PATH; else all from the first edge to the last");
  app.add_option("--arrivals", cell.arrivals,
                 "of an open loop: const, poisson, burst:LEN,DUTY or file:PATH (seconds, a line "
                 "each)")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of arrivals and matrix")->capture_default_str();
  app.add_option("-W,--window", cell.window,
                 "closed loop instead, for the maximum rate (no user's latency): so many messages "
                 "under way in each pair")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--class", cell.message_class, "what is sent; default direct")
      ->transform(CLI::CheckedTransformer(classes).description("direct|stored"));
  app.add_option("-t,--time", cell.measured_s, "seconds that are measured")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("-i,--messages", options.messages, "… or messages, at that rate");
  app.add_option("--warmup", cell.warmup_s, "seconds before them")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("-x,--warmup-messages", options.warmup_messages, "… or messages");
  app.add_option("--protocol", cell.protocol, "sub-protocol; default bin")
      ->transform(CLI::CheckedTransformer(protocols).description("bin|json"));
  app.add_option("--trace", cell.trace,
                 "hop by hop (bin only): all of the messages, 1:N, auto (all up to 1000/s, else "
                 "1:64), pad (an empty block of stamps), off")
      ->expected(0, 1)
      ->default_str("auto");
  const std::map<std::string, TraceMode> modes{
      {"inband", TraceMode::in_band}, {"postcard", TraceMode::postcard}, {"both", TraceMode::both}};
  app.add_option("--trace-mode", cell.trace_mode,
                 "inband: a block of stamps in the message, for hops; postcard: what each process "
                 "noted of it, for every queue and commit on its road (needs the cluster's run "
                 "directory); both. Default inband")
      ->transform(CLI::CheckedTransformer(modes).description("inband|postcard|both"));
}

std::vector<Cell> cells_of(const CellOptions& options) {
  std::vector<Cell> cells;
  for (const std::string& matrix : matrices_of(options.matrices)) {
    for (const double size : values_of("--size", options.sizes)) {
      for (const double rate : values_of("--rate", options.rates)) {
        Cell cell = options.cell;
        cell.matrix = matrix;
        cell.body_bytes = static_cast<std::size_t>(size);
        cell.rate_per_second = rate;
        set_lengths(options, cell);
        try {
          check_cell(cell);
        } catch (const std::exception& problem) {
          throw CLI::ValidationError(problem.what());
        }
        cells.push_back(cell);
      }
    }
  }
  return cells;
}

}  // namespace trunkline::lab
