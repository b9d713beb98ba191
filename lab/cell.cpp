#include "lab/cell.h"

#include <boost/json.hpp>
#include <charconv>
#include <set>
#include <stdexcept>

#include "lab/format.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

constexpr double kTracedWholeRate = 1'000;  // up to here every message is traced
constexpr double kTracedFraction = 1.0 / 64;

Traffic traffic_of(const Cell& cell, std::size_t places, std::uint64_t seed) {
  if (!cell.matrix.empty()) {
    return Traffic(make_traffic_matrix(cell.matrix, places, seed), cell.pairs, seed);
  }
  return Traffic(std::vector<Ends>(cell.pairs, {0, places - 1}));
}

constexpr std::pair<const char*, TraceMode> kTraceModes[] = {
    {"inband", TraceMode::in_band}, {"postcard", TraceMode::postcard}, {"both", TraceMode::both}};

const char* word_of(TraceMode mode) {
  for (const auto& [word, known] : kTraceModes) {
    if (known == mode) return word;
  }
  return "";
}

// Of all messages; pad: none of them.
double traced_fraction(const Cell& cell) {
  const std::string& words = cell.trace;
  if (words == "off" || words == "pad") return 0;
  if (words == "all") return 1;
  if (words == "auto") {
    const bool slow = cell.window == 0 && cell.rate_per_second <= kTracedWholeRate;
    return slow ? 1.0 : kTracedFraction;
  }
  constexpr std::string_view kOneOf = "1:";
  double count = 0;
  const char* const last = words.data() + words.size();
  if (words.starts_with(kOneOf)) {
    const auto [end, error] = std::from_chars(words.data() + kOneOf.size(), last, count);
    if (error == std::errc() && end == last && count >= 1) return 1 / count;
  }
  throw std::runtime_error("trace: off, pad, all, 1:N or auto, not " + words);
}

// A field that may be absent, and then is left as it is.
template <class T>
void take(const json::object& object, const char* name, T& value) {
  const auto* field = object.if_contains(name);
  if (field == nullptr || field->is_null()) return;
  try {
    value = json::value_to<T>(*field);
  } catch (const std::exception& problem) {
    throw std::runtime_error(std::string(name) + ": " + problem.what());
  }
}

// A field with two words, of which the second stands for true.
bool is_second(const json::object& object, const char* name, const char* first,
               const char* second) {
  std::string word = first;
  take(object, name, word);
  if (word != first && word != second) {
    throw std::runtime_error(std::string(name) + " is " + first + " or " + second + ", not " +
                             word);
  }
  return word == second;
}

void check_names(const json::object& object) {
  static const std::set<std::string_view> kNames{"class",    "protocol",   "pairs",  "rate",
                                                 "arrivals", "matrix",     "window", "size",
                                                 "warmup_s", "measured_s", "trace",  "trace_mode"};
  for (const auto& [name, _] : object) {
    if (!kNames.contains(name)) {
      throw std::runtime_error("no load has a field " + std::string(name));
    }
  }
}

}  // namespace

TraceMode trace_mode_of(const std::string& word) {
  for (const auto& [known, mode] : kTraceModes) {
    if (word == known) return mode;
  }
  throw std::runtime_error("trace_mode: inband, postcard or both, not " + word);
}

void check_cell(const Cell& cell) {
  const auto want = [](bool good, const char* what) {
    if (!good) throw std::runtime_error(what);
  };
  want(cell.pairs > 0, "pairs: at least one");
  want(cell.rate_per_second > 0, "rate: above 0 messages a second");
  want(cell.measured_s > 0, "measured_s: above 0 s");
  want(cell.warmup_s >= 0, "warmup_s: 0 s or more");
  (void)traced_fraction(cell);
  want(cell.trace == "off" || cell.protocol == Protocol::bin,
       "trace needs protocol bin: JSON carries no stamps");
}

std::string label_of(const Cell& cell) {
  std::string label =
      cell.window > 0 ? format("window %zu", cell.window) : format("%g/s", cell.rate_per_second);
  if (cell.window == 0 && cell.arrivals != "const") label += " " + cell.arrivals;
  label += format(", %zu B, ", cell.body_bytes);
  label += cell.message_class == wire::MessageClass::direct ? "direct" : "stored";
  if (!cell.matrix.empty()) label += ", " + cell.matrix;
  const bool usual = cell.trace == "off" || cell.trace == "auto";
  if (!usual) label += ", trace " + cell.trace;
  if (cell.trace_mode == TraceMode::in_band) return label;
  return label + ", trace mode " + word_of(cell.trace_mode);
}

json::object to_json(const Cell& cell) {
  const bool open = cell.window == 0;
  return {{"class", cell.message_class == wire::MessageClass::direct ? "direct" : "stored"},
          {"protocol", cell.protocol == Protocol::bin ? "bin" : "json"},
          {"pairs", cell.pairs},
          {"rate", open ? json::value(cell.rate_per_second) : json::value()},
          {"arrivals", open ? json::value(cell.arrivals) : json::value()},
          {"matrix", cell.matrix.empty() ? json::value() : json::value(cell.matrix)},
          {"window", cell.window},
          {"size", cell.body_bytes},
          {"warmup_s", cell.warmup_s},
          {"measured_s", cell.measured_s},
          {"trace", cell.trace},
          {"trace_mode", word_of(cell.trace_mode)}};
}

Cell cell_from_json(const json::object& object) {
  check_names(object);
  Cell cell;
  cell.message_class = is_second(object, "class", "direct", "stored") ? wire::MessageClass::stored
                                                                      : wire::MessageClass::direct;
  cell.protocol = is_second(object, "protocol", "bin", "json") ? Protocol::json : Protocol::bin;
  take(object, "pairs", cell.pairs);
  take(object, "rate", cell.rate_per_second);
  take(object, "arrivals", cell.arrivals);
  take(object, "matrix", cell.matrix);
  take(object, "window", cell.window);
  take(object, "size", cell.body_bytes);
  take(object, "warmup_s", cell.warmup_s);
  take(object, "measured_s", cell.measured_s);
  take(object, "trace", cell.trace);
  std::string mode = word_of(cell.trace_mode);
  take(object, "trace_mode", mode);
  cell.trace_mode = trace_mode_of(mode);
  check_cell(cell);
  return cell;
}

std::size_t pairs_of(const Cell& cell, std::size_t places, std::uint64_t seed) {
  return traffic_of(cell, places, seed).pairs().size();
}

LoadConfig load_of(const Cell& cell, const std::vector<std::string>& urls,
                   std::vector<Login> logins, std::uint64_t seed) {
  LoadConfig load;
  load.urls = urls;
  load.traffic = traffic_of(cell, urls.size(), seed);
  const std::size_t pairs = load.traffic.pairs().size();
  if (logins.size() < 2 * pairs) {
    throw std::runtime_error("there are " + std::to_string(logins.size()) + " users; " +
                             std::to_string(pairs) + " pairs need two each");
  }
  load.logins = std::move(logins);
  load.matrix = cell.matrix;
  load.rate_per_second = cell.rate_per_second;
  load.arrivals = cell.arrivals;
  load.seed = seed;
  load.window = cell.window;
  load.body_bytes = cell.body_bytes;
  load.message_class = cell.message_class;
  load.protocol = cell.protocol;
  load.warmup_s = cell.warmup_s;
  load.measured_s = cell.measured_s;
  load.trace_mode = cell.trace_mode;
  load.stamped = cell.trace != "off";
  load.sampled_fraction = traced_fraction(cell);
  return load;
}

}  // namespace trunkline::lab
