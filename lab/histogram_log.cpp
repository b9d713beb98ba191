#include "lab/histogram_log.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "wire/base64.h"

namespace trunkline::lab {
namespace {

using wire::Bytes;

constexpr std::uint32_t kCookie = 0x1c849313, kCompressedCookie = 0x1c849314;
constexpr std::size_t kHeaderBytes = 40;
constexpr std::size_t kEncodedBytesMax = 4 * 1024 * 1024;  // of one histogram, unpacked

template <class T>
void put(Bytes& out, T value) {
  for (int shift = 8 * (sizeof value - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}

template <class T>
T take(std::string_view& in) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(in[i]));
  }
  in.remove_prefix(sizeof value);
  return value;
}

// A count, or how many places without one come next, as a negative number. Seven bits a byte, but
// the ninth has all eight.
void put_count(Bytes& out, std::int64_t count) {
  auto rest = static_cast<std::uint64_t>(count) << 1 ^ static_cast<std::uint64_t>(count >> 63);
  for (int byte = 0; byte < 8 && rest >= 0x80; ++byte, rest >>= 7) {
    out.push_back(static_cast<char>(rest | 0x80));
  }
  out.push_back(static_cast<char>(rest));
}

std::optional<std::int64_t> take_count(std::string_view& in) {
  std::uint64_t all = 0;
  for (int byte = 0; byte < 9; ++byte) {
    if (in.empty()) return std::nullopt;
    const auto next = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    all |= static_cast<std::uint64_t>(byte < 8 ? next & 0x7f : next) << 7 * byte;
    if (byte == 8 || next < 0x80) break;
  }
  return static_cast<std::int64_t>(all >> 1 ^ (0 - (all & 1)));
}

Bytes packed(const Bytes& bytes) {
  uLongf size = compressBound(bytes.size());
  Bytes out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size,
           reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  out.resize(size);
  return out;
}

std::optional<Bytes> unpacked(std::string_view bytes) {
  uLongf size = kEncodedBytesMax;
  Bytes out(size, '\0');
  const int result = uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (result != Z_OK) return std::nullopt;
  out.resize(size);
  return out;
}

template <int Digits>
std::string encode(const BasicHistogram<Digits>& histogram) {
  Bytes counts;
  std::int64_t without = 0;
  for (const std::uint64_t count : histogram.counts()) {
    if (count == 0) {
      ++without;
      continue;
    }
    if (without > 0) put_count(counts, -std::exchange(without, 0));
    put_count(counts, static_cast<std::int64_t>(count));
  }
  Bytes all;
  put(all, kCookie);
  put(all, static_cast<std::uint32_t>(counts.size()));
  put(all, std::uint32_t{0});  // places are not shifted
  put(all, std::uint32_t{Digits});
  put(all, std::uint64_t{1});
  put(all, static_cast<std::uint64_t>(Histogram::kLongestNs));
  put(all, std::bit_cast<std::uint64_t>(1.0));  // whole numbers are values as they are
  all += counts;

  const Bytes small = packed(all);
  Bytes framed;
  put(framed, kCompressedCookie);
  put(framed, static_cast<std::uint32_t>(small.size()));
  return std::string(wire::to_base64(framed + small));
}

// Absent: the counts make no sense.
template <int Digits>
std::optional<Histogram> decode_counts(std::string_view in) {
  BasicHistogram<Digits> places;
  Histogram histogram;
  std::size_t place = 0;
  while (!in.empty()) {
    const auto count = take_count(in);
    if (!count) return std::nullopt;
    const std::size_t room = places.counts().size() - place;
    if (*count < 0) {
      const auto without = 0 - static_cast<std::uint64_t>(*count);
      if (without > room) return std::nullopt;
      place += without;
    } else {
      if (room == 0) return std::nullopt;
      histogram.record_many(places.value_at(place++), static_cast<std::uint64_t>(*count));
    }
  }
  return histogram;
}

}  // namespace

std::string encode_histogram(const Histogram& histogram) {
  return encode(histogram);
}
std::string encode_histogram(const SmallHistogram& histogram) {
  return encode(histogram);
}

std::optional<Histogram> decode_histogram(std::string_view text) {
  Bytes framed;
  if (!wire::append_from_base64(framed, text) || framed.size() < 8) return std::nullopt;
  std::string_view small = framed;
  if (take<std::uint32_t>(small) != kCompressedCookie) return std::nullopt;
  if (take<std::uint32_t>(small) != small.size()) return std::nullopt;
  const auto all = unpacked(small);
  if (!all || all->size() < kHeaderBytes) return std::nullopt;
  std::string_view in = *all;
  const auto cookie = take<std::uint32_t>(in), bytes = take<std::uint32_t>(in),
             shifted = take<std::uint32_t>(in), digits = take<std::uint32_t>(in);
  const auto lowest = take<std::uint64_t>(in);
  take<std::uint64_t>(in);  // its longest: counts say how far it went
  const auto ratio = std::bit_cast<double>(take<std::uint64_t>(in));
  const bool is_ours =
      cookie == kCookie && bytes == in.size() && shifted == 0 && lowest == 1 && ratio == 1.0;
  if (!is_ours) return std::nullopt;
  if (digits == 3) return decode_counts<3>(in);
  if (digits == 2) return decode_counts<2>(in);
  return std::nullopt;
}

IntervalLog::IntervalLog(std::ostream& out, double start_s) : out_(out) {
  char line[64];
  std::snprintf(line, sizeof line, "#[StartTime: %.3f (seconds since epoch)]\n", start_s);
  out_ << "#[Histogram log format version 1.3]\n"
       << line
       << "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_"
          "Histogram\"\n";
}

void IntervalLog::add(std::string_view tag, double begin_s, double length_s,
                      const Histogram& histogram) {
  add(tag, begin_s, length_s, histogram.max(), encode_histogram(histogram));
}
void IntervalLog::add(std::string_view tag, double begin_s, double length_s,
                      const SmallHistogram& histogram) {
  add(tag, begin_s, length_s, histogram.max(), encode_histogram(histogram));
}

void IntervalLog::add(std::string_view tag, double begin_s, double length_s, std::int64_t max_ns,
                      const std::string& encoded) {
  constexpr double kNsPerMs = 1e6;  // in which the format says the longest
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, "%.3f,%.3f,%.3f,", begin_s, length_s,
                static_cast<double>(max_ns) / kNsPerMs);
  if (!tag.empty()) out_ << "Tag=" << tag << ",";
  out_ << numbers << encoded << "\n";
}

namespace {

// Up to the comma, or the end; `rest` begins behind it.
std::string_view take_field(std::string_view& rest) {
  const std::string_view field = rest.substr(0, rest.find(','));
  rest.remove_prefix(std::min(rest.size(), field.size() + 1));
  return field;
}

std::optional<double> number_in(std::string_view field) {
  double value = 0;
  const char* end = field.data() + field.size();
  const auto found = std::from_chars(field.data(), end, value);
  if (found.ec != std::errc() || found.ptr != end) return std::nullopt;
  return value;
}

}  // namespace

double read_interval_log(std::istream& in, const std::string& name, const OnInterval& on_interval) {
  constexpr std::string_view kStart = "#[StartTime: ", kTag = "Tag=";
  double start_s = 0;
  std::string line;
  for (int number = 1; std::getline(in, line) && !in.eof(); ++number) {
    std::string_view rest = line;
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    if (rest.starts_with(kStart)) {
      const std::string_view told = rest.substr(kStart.size());
      start_s = number_in(told.substr(0, told.find(' '))).value_or(0);
    }
    if (rest.empty() || rest.starts_with('#') || rest.starts_with('"')) continue;
    std::string_view tag;
    if (rest.starts_with(kTag)) tag = take_field(rest).substr(kTag.size());
    const auto begin_s = number_in(take_field(rest)), length_s = number_in(take_field(rest));
    take_field(rest);  // its longest, which the histogram has too
    const auto histogram = decode_histogram(rest);
    if (!begin_s || !length_s || !histogram) {
      throw std::runtime_error(name + ", line " + std::to_string(number) +
                               ": not an interval of an HdrHistogram log");
    }
    on_interval(tag, *begin_s, *length_s, *histogram);
  }
  return start_s;
}

}  // namespace trunkline::lab
