#include "lab/arrivals.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <random>
#include <stdexcept>
#include <vector>

namespace trunkline::lab {
namespace {

constexpr double kSecondNs = 1e9;

// By number, so that nothing adds up.
class Constant final : public Arrivals {
 public:
  explicit Constant(double rate) : rate_(rate) {}
  std::int64_t next() override {
    return static_cast<std::int64_t>(static_cast<double>(number_++) / rate_ * kSecondNs);
  }

 private:
  const double rate_;
  std::uint64_t number_ = 0;
};

class Poisson final : public Arrivals {
 public:
  Poisson(double rate, std::uint64_t seed) : random_(seed), gap_s_(rate) {}
  std::int64_t next() override {
    at_s_ += gap_s_(random_);
    return static_cast<std::int64_t>(at_s_ * kSecondNs);
  }

 private:
  std::mt19937_64 random_;
  std::exponential_distribution<double> gap_s_;
  double at_s_ = 0;
};

class Bursts final : public Arrivals {
 public:
  Bursts(double rate, double length, double duty, std::uint64_t seed)
      : random_(seed),
        gap_s_(rate / duty),
        burst_s_(rate / duty / length),
        silence_s_(duty < 1 ? rate / duty / length * duty / (1 - duty) : HUGE_VAL),
        end_s_(burst_s_(random_)) {}
  std::int64_t next() override {
    at_s_ += gap_s_(random_);
    while (at_s_ >= end_s_) {  // what would have been due later comes after the silence
      const double silence_s = std::isinf(silence_s_.lambda()) ? 0 : silence_s_(random_);
      at_s_ += silence_s;
      end_s_ += silence_s + burst_s_(random_);
    }
    return static_cast<std::int64_t>(at_s_ * kSecondNs);
  }

 private:
  std::mt19937_64 random_;
  std::exponential_distribution<double> gap_s_, burst_s_, silence_s_;
  double at_s_ = 0, end_s_;
};

class Replay final : public Arrivals {
 public:
  explicit Replay(std::vector<std::int64_t> times) : times_(std::move(times)) {}
  std::int64_t next() override { return at_ < times_.size() ? times_[at_++] : kNever; }

 private:
  const std::vector<std::int64_t> times_;
  std::size_t at_ = 0;
};

std::unique_ptr<Arrivals> replay(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("--arrivals: " + path + " cannot be read");
  std::vector<std::int64_t> times;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    line.resize(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const auto wrong = [&](const char* what) {
      return std::runtime_error("--arrivals: " + path + ", line " + std::to_string(number) + ": " +
                                what);
    };
    double seconds = 0;
    const char* begin = line.data() + line.find_first_not_of(" \t");
    const auto [end, error] = std::from_chars(begin, line.data() + line.size(), seconds);
    const bool is_number =
        error == std::errc{} && seconds >= 0 && seconds < 1e9 &&
        line.find_first_not_of(" \t\r", static_cast<std::size_t>(end - line.data())) == line.npos;
    if (!is_number) throw wrong("not a time in seconds");
    const auto time = static_cast<std::int64_t>(std::llround(seconds * kSecondNs));
    if (!times.empty() && time < times.back()) throw wrong("earlier than the one before");
    times.push_back(time);
  }
  if (times.empty()) throw std::runtime_error("--arrivals: there is no time in " + path);
  return std::make_unique<Replay>(std::move(times));
}

std::unique_ptr<Arrivals> bursts(const std::string& words, double rate, std::uint64_t seed) {
  double length = 0, duty = 0;
  const char* const last = words.data() + words.size();
  const auto [comma, bad_length] = std::from_chars(words.data(), last, length);
  bool is_whole = bad_length == std::errc{} && comma != last && *comma == ',';
  if (is_whole) {
    const auto [end, bad_duty] = std::from_chars(comma + 1, last, duty);
    is_whole = bad_duty == std::errc{} && end == last;
  }
  if (!is_whole || !(length >= 1) || !(duty > 0 && duty <= 1)) {
    throw std::runtime_error(
        "--arrivals burst:LEN,DUTY takes a length from 1 on and a duty above 0, up to 1");
  }
  return std::make_unique<Bursts>(rate, length, duty, seed);
}

}  // namespace

std::unique_ptr<Arrivals> make_arrivals(const std::string& words, double rate_per_second,
                                        std::uint64_t seed) {
  constexpr std::string_view kBurst = "burst:", kFile = "file:";
  if (words == "const") return std::make_unique<Constant>(rate_per_second);
  if (words == "poisson") return std::make_unique<Poisson>(rate_per_second, seed);
  if (words.starts_with(kBurst)) {
    return bursts(words.substr(kBurst.size()), rate_per_second, seed);
  }
  if (words.starts_with(kFile)) return replay(words.substr(kFile.size()));
  throw std::runtime_error("--arrivals takes const, poisson, burst:LEN,DUTY or file:PATH, not " +
                           words);
}

}  // namespace trunkline::lab
