// A message of `trunkline.v1.json`. Held against two other readers: Boost.JSON's own, of what is
// JSON at all, and the client library's writer, of what it says. A refusal has its code and words;
// nothing is left in the reader from one text to the next.
#include <boost/json.hpp>

#include "edge/bin_codec.h"
#include "edge/json_codec.h"
#include "lab/client_json.h"
#include "tests/fuzz/operation.h"
#include "tests/fuzz/target.h"
#include "wire/limits.h"

namespace trunkline::fuzz {
namespace {

namespace json = boost::json;
using wire::Code;

std::size_t elements_in(const json::value& value) {
  std::size_t count = 0;
  if (value.is_array()) {
    for (const json::value& one : value.get_array()) count += 1 + elements_in(one);
  } else if (value.is_object()) {
    for (const auto& one : value.get_object()) count += 1 + elements_in(one.value());
  }
  return count;
}

json::value parsed(BytesView text, json::error_code& error) {
  json::parse_options options;
  options.max_depth = wire::kJsonDepthMax;
  return json::parse({text.data(), text.size()}, error, {}, options);
}

void check_refusal(BytesView text, const edge::JsonRefusal& refusal, bool is_json) {
  TRUNKLINE_CHECK(!refusal.text.empty(), "a refusal says why");
  const bool known = refusal.code == Code::not_json || refusal.code == Code::bad_request ||
                     refusal.code == Code::bad_encoding;
  TRUNKLINE_CHECK(known, "a refusal has its code");
  // A text of so few bytes cannot have too many elements; "1,1,…" is the densest.
  const bool may_have_too_many = text.size() >= 2 * wire::kJsonElementsMax;
  TRUNKLINE_CHECK(refusal.code != Code::not_json || !is_json || may_have_too_many,
                  "JSON is not refused as none");
}

void check_taken(BytesView text, const json::value& value, const Bytes& frame) {
  TRUNKLINE_CHECK(wire::is_utf8(text), "what was taken is UTF-8");
  TRUNKLINE_CHECK(value.is_object() && value.get_object().contains("op"), "an object with an op");
  TRUNKLINE_CHECK(elements_in(value) <= wire::kJsonElementsMax, "no more elements than may be");
  BytesView left = frame;
  const edge::ClientFrame read = edge::next_client_frame(left);
  TRUNKLINE_CHECK(read.refusal.empty() && left.empty(), "what .json may say, .bin may say");
  TRUNKLINE_CHECK(plain_operation(read.view) == frame, "nothing is said that is the edge's own");
  static edge::JsonReader reader;
  static Bytes again;
  TRUNKLINE_CHECK(!reader.read(lab::json_of(read.view), again) && again == frame,
                  "it is written and read as the same");
}

}  // namespace

void try_input(BytesView input) {
  static edge::JsonReader reader, other;
  static Bytes frame, other_frame;
  const auto refusal = reader.read(input, frame);
  (void)other.read(R"({"op":"send","id":"\u0061","to":"b","x":{"y":[1,"\n"]},"body":"\u0041)",
                   other_frame);
  const auto other_refusal = other.read(input, other_frame);
  TRUNKLINE_CHECK(refusal.has_value() == other_refusal.has_value(), "the text alone decides");
  json::error_code error;
  const json::value value = parsed(input, error);
  if (refusal) {
    TRUNKLINE_CHECK(refusal->code == other_refusal->code, "the text alone decides");
    return check_refusal(input, *refusal, !error);
  }
  TRUNKLINE_CHECK(frame == other_frame, "the text alone decides");
  TRUNKLINE_CHECK(!error, "what is no JSON is not taken");
  check_taken(input, value, frame);
}

}  // namespace trunkline::fuzz
