#include "lab/ranges.h"

#include <charconv>
#include <map>
#include <optional>
#include <stdexcept>

namespace trunkline::lab {
namespace {

constexpr std::size_t kValuesMost = 1'000;

[[noreturn]] void refuse(const std::string& words) {
  throw std::invalid_argument(words +
                              " is no number or range: 64, 4K, 1k,2k,5k, 16:64K or 1k:200k:x2");
}

double number_of(std::string_view text, const std::string& words) {
  static const std::map<std::string_view, double> kUnits{
      {"", 1}, {"k", 1e3}, {"M", 1e6}, {"K", 1024}, {"Ki", 1024}, {"Mi", 1024 * 1024}};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !(number > 0)) refuse(words);
  const auto unit = kUnits.find(text.substr(static_cast<std::size_t>(end - text.data())));
  if (unit == kUnits.end()) refuse(words);
  return number * unit->second;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

void append_range(std::string_view text, const std::string& words, std::vector<double>& values) {
  const auto parts = split(text, ':');
  if (parts.size() > 3) refuse(words);
  const double first = number_of(parts[0], words);
  if (parts.size() == 1) return values.push_back(first);
  const double last = number_of(parts[1], words);
  double times = 2;
  if (parts.size() == 3) {
    if (!parts[2].starts_with('x')) refuse(words);
    times = number_of(parts[2].substr(1), words);
  }
  if (times <= 1 || last < first) refuse(words);
  for (double value = first; value <= last * (1 + 1e-9); value *= times) {
    if (values.size() >= kValuesMost) refuse(words);
    values.push_back(value);
  }
}

// A number of at least 0 with one of the units; absent: it is none.
std::optional<double> measure_of(const std::string& words,
                                 const std::map<std::string_view, double>& units) {
  double number = 0;
  const char* const last = words.data() + words.size();
  const auto [end, error] = std::from_chars(words.data(), last, number);
  if (error != std::errc() || !(number >= 0)) return std::nullopt;
  const auto unit = units.find(std::string_view(end, static_cast<std::size_t>(last - end)));
  if (unit == units.end()) return std::nullopt;
  return number * unit->second;
}

}  // namespace

double parse_percent(const std::string& words) {
  const auto percent = measure_of(words, {{"", 1}, {"%", 1}});
  if (!percent) throw std::invalid_argument(words + " is no percentage: 5%");
  return *percent;
}

double parse_duration(const std::string& words) {
  const auto seconds = measure_of(words, {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}});
  if (!seconds) throw std::invalid_argument(words + " is no duration: 90s, 10m or 2h");
  return *seconds;
}

std::vector<double> parse_range(const std::string& words) {
  std::vector<double> values;
  for (const std::string_view part : split(words, ',')) append_range(part, words, values);
  return values;
}

}  // namespace trunkline::lab
