#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <functional>
#include <vector>

#include "edge/json_codec.h"
#include "wire/base64.h"
#include "wire/limits.h"

namespace trunkline::edge {
namespace {

namespace json = boost::json;
using ErrorCode = json::error_code;

constexpr JsonRefusal refusal(wire::Code code, std::string_view text) {
  return {code, text};
}
constexpr JsonRefusal bad_request(std::string_view text) {
  return {wire::Code::bad_request, text};
}

// Every member that a client may send; others are read over.
enum Member : std::size_t {
  kOp,
  kId,
  kTo,
  kBody,
  kClass,
  kMseq,
  kBytes,
  kData,
  kDevice,
  kMechanism,
  kCursor,
  kMailbox,
  kWith,
  kBefore,
  kLimit,
  kRef,
  kMembers,  // how many; also: none of them
};
constexpr std::array<std::string_view, kMembers> kMemberNames = {
    "op",     "id",        "to",     "body",    "class", "mseq",   "bytes", "data",
    "device", "mechanism", "cursor", "mailbox", "with",  "before", "limit", "ref"};

Member member_of(std::string_view key) {
  const auto found = std::find(kMemberNames.begin(), kMemberNames.end(), key);
  return static_cast<Member>(found - kMemberNames.begin());
}

enum class Type : std::uint8_t { absent, text, number, other };

constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);

struct Value {
  Type type = Type::absent;
  std::string_view text;
  std::uint64_t number = 0;
};

// Takes the parser's events and keeps the members of the outermost object. Everything deeper is
// only counted, and its keys compared. Where an event returns false the parse ends and refusal()
// says why.
class Handler {
 public:
  static constexpr std::size_t max_array_size = kNoLimit;
  static constexpr std::size_t max_object_size = kNoLimit;
  static constexpr std::size_t max_string_size = kNoLimit;
  static constexpr std::size_t max_key_size = kNoLimit;

  void begin(std::string_view input) {
    input_ = input;
    unescaped_.clear();
    parts_ = 0;
    depth_ = elements_ = 0;
    member_ = kMembers;
    keys_.clear();
    objects_.clear();
    values_.fill(Value{});
    refusal_.reset();
    is_object_ = false;
  }
  const Value& operator[](Member member) const { return values_[member]; }
  const std::optional<JsonRefusal>& refusal() const { return refusal_; }
  bool is_object() const { return is_object_; }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_array_begin(ErrorCode& error) {
    const bool counted = value({Type::other, {}, 0}, error);
    ++depth_;
    return counted;
  }
  bool on_array_end(std::size_t, ErrorCode&) {
    --depth_;
    return true;
  }
  bool on_object_begin(ErrorCode& error) {
    is_object_ |= depth_ == 0;
    const bool counted = value({Type::other, {}, 0}, error);
    ++depth_;
    objects_.push_back(keys_.size());
    return counted;
  }
  bool on_object_end(std::size_t, ErrorCode& error) {
    --depth_;
    const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(objects_.back());
    std::sort(first, keys_.end());
    const bool repeated = std::adjacent_find(first, keys_.end()) != keys_.end();
    keys_.erase(first, keys_.end());
    objects_.pop_back();
    return !repeated || stop(bad_request("a key stands twice in one object"), error);
  }
  bool on_key_part(std::string_view part, std::size_t, ErrorCode&) { return keep(part); }
  bool on_key(std::string_view last, std::size_t, ErrorCode&) {
    const std::string_view key = whole(last);
    keys_.push_back(std::hash<std::string_view>{}(key));
    if (depth_ == 1) member_ = member_of(key);
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, ErrorCode&) { return keep(part); }
  bool on_string(std::string_view last, std::size_t, ErrorCode& error) {
    return value({Type::text, whole(last), 0}, error);
  }
  bool on_number_part(std::string_view, ErrorCode&) { return true; }
  // "-0" is no number of this protocol, though it is an integer of JSON.
  bool on_int64(std::int64_t number, std::string_view digits, ErrorCode& error) {
    const bool fits = digits.front() != '-' && number >= 0 &&
                      static_cast<std::uint64_t>(number) <= wire::kNumberMax;
    return value({fits ? Type::number : Type::other, {}, static_cast<std::uint64_t>(number)},
                 error);
  }
  bool on_uint64(std::uint64_t, std::string_view, ErrorCode& error) {
    return value({Type::other, {}, 0}, error);  // only what is above 2^63 comes here
  }
  bool on_double(double, std::string_view, ErrorCode& error) {
    return value({Type::other, {}, 0}, error);
  }
  bool on_bool(bool, ErrorCode& error) { return value({Type::other, {}, 0}, error); }
  bool on_null(ErrorCode& error) { return value({Type::other, {}, 0}, error); }
  bool on_comment_part(std::string_view, ErrorCode&) { return true; }
  bool on_comment(std::string_view, ErrorCode&) { return true; }

 private:
  bool value(const Value& value, ErrorCode& error) {
    if (depth_ > 0 && ++elements_ > wire::kJsonElementsMax) {
      return stop(edge::refusal(wire::Code::not_json, "more than 1,024 elements"), error);
    }
    if (depth_ == 1 && member_ != kMembers) {
      values_[member_] = value;  // standing twice it is refused at the object's end
      member_ = kMembers;
    }
    return true;
  }
  bool stop(JsonRefusal why, ErrorCode& error) {
    refusal_ = why;
    error = json::error::syntax;
    return false;
  }
  // A string without escapes is a view into the input. One with escapes comes in parts, which are
  // put together where no later string can move them: all of them are shorter than the input.
  bool keep(std::string_view part) {
    if (unescaped_.capacity() < input_.size()) unescaped_.reserve(input_.size());
    unescaped_.append(part);
    parts_ += part.size();
    return true;
  }
  std::string_view whole(std::string_view last) {
    const bool in_input =
        std::greater_equal<>()(last.data(), input_.data()) &&
        std::less_equal<>()(last.data() + last.size(), input_.data() + input_.size());
    if (parts_ == 0 && in_input) return last;
    keep(last);
    const std::string_view text = std::string_view(unescaped_).substr(unescaped_.size() - parts_);
    parts_ = 0;
    return text;
  }

  std::string_view input_;
  std::string unescaped_;
  std::size_t parts_ = 0;  // bytes of the string that is being put together
  std::size_t depth_ = 0, elements_ = 0;
  Member member_ = kMembers;          // of the outermost object, whose value comes next
  std::vector<std::size_t> keys_;     // hashes of the keys of the objects that are open
  std::vector<std::size_t> objects_;  // where the keys of each begin
  std::array<Value, kMembers> values_;
  std::optional<JsonRefusal> refusal_;
  bool is_object_ = false;
};

json::parse_options options() {
  json::parse_options options;
  options.max_depth = wire::kJsonDepthMax;
  return options;
}

// ---- members, checked. The first thing wrong is kept in `refusal`.

class Members {
 public:
  explicit Members(const Handler& handler) : handler_(handler) {}

  bool has(Member member) const { return handler_[member].type != Type::absent; }
  std::string_view text(Member member, std::string_view what) {
    if (handler_[member].type != Type::text) fail(bad_request(what));
    return handler_[member].text;
  }
  std::string_view name(Member member, std::string_view what) {
    const std::string_view value = text(member, what);
    if (!wire::is_name(value)) fail(bad_request(what));
    return value;
  }
  std::string_view name_or_none(Member member, std::string_view what) {
    return has(member) ? name(member, what) : std::string_view();
  }
  std::uint64_t number(Member member, std::string_view what) {
    if (handler_[member].type != Type::number) fail(bad_request(what));
    return handler_[member].number;
  }
  std::uint64_t number_or(Member member, std::uint64_t otherwise, std::string_view what) {
    return has(member) ? number(member, what) : otherwise;
  }
  // Base64, decoded into `out`.
  std::string_view bytes(Member member, wire::Bytes& out, JsonRefusal not_base64,
                         std::string_view what) {
    const std::string_view value = text(member, what);
    out.clear();
    if (!refusal && !wire::append_from_base64(out, value)) fail(not_base64);
    return out;
  }
  void fail(JsonRefusal why) {
    if (!refusal) refusal = why;
  }

  std::optional<JsonRefusal> refusal;

 private:
  const Handler& handler_;
};

constexpr JsonRefusal kBadData = refusal(wire::Code::bad_encoding, "\"data\" is not base64");

void read_auth(Members& members, wire::Bytes& decoded, wire::Bytes& frame) {
  wire::Auth auth;
  auth.mechanism = members.name(kMechanism, "auth needs a \"mechanism\"");
  auth.device = members.name(kDevice, "auth needs a \"device\": 1 to 64 bytes of text");
  auth.data = members.bytes(kData, decoded, kBadData, "auth needs \"data\"");
  auth.cursor = members.number_or(kCursor, wire::kNoMseq, "\"cursor\" is not a whole number");
  auth.mailbox = members.name_or_none(kMailbox, "\"mailbox\" is not a name");
  if (!members.refusal) wire::encode(frame, {}, auth);
}

void read_send(Members& members, wire::Bytes& decoded, wire::Bytes& frame) {
  wire::MessageView message;
  message.id = members.name(kId, "send needs an \"id\": 1 to 64 bytes of text");
  message.to = members.name(kTo, "send needs a \"to\": 1 to 64 bytes of text");
  if (members.has(kBytes)) {
    if (members.has(kBody)) members.fail(bad_request("\"body\" and \"bytes\" exclude each other"));
    message.body = members.bytes(kBytes, decoded, bad_request("\"bytes\" is not base64"),
                                 "\"bytes\" is not text");
  } else {
    message.body = members.text(kBody, "send needs a \"body\" that is text");
  }
  const std::string_view wanted =
      members.has(kClass) ? members.text(kClass, "\"class\" is not text") : "stored";
  if (wanted != "stored" && wanted != "direct") {
    members.fail(bad_request("\"class\" is neither stored nor direct"));
  }
  if (members.refusal) return;
  if (wanted == "stored") return wire::encode(frame, {}, wire::Send{0, 0, message});
  message.message_class = wire::MessageClass::direct;
  wire::encode(frame, {}, wire::Direct{0, message});
}

void read_history(Members& members, wire::Bytes& frame) {
  wire::ClientHistory history;
  history.with = members.name_or_none(kWith, "\"with\" is not a name");
  history.before = members.number_or(kBefore, wire::kNoMseq, "\"before\" is not a whole number");
  // In a frame 0 is the default; who asks for less than one is given one.
  const std::uint64_t limit =
      members.number_or(kLimit, wire::kHistoryLimitDefault, "\"limit\" is not a whole number");
  history.limit =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(limit, 1, wire::kHistoryLimitMax));
  history.ref = members.name_or_none(kRef, "\"ref\" is not a name");
  if (!members.refusal) wire::encode(frame, {}, history);
}

void read_operation(Members& members, wire::Bytes& decoded, wire::Bytes& frame) {
  const std::string_view op = members.text(kOp, "no \"op\"");
  if (members.refusal) return;
  if (op == "send") return read_send(members, decoded, frame);
  if (op == "received") {
    const wire::ClientReceived received{members.number(kMseq, "received needs a \"mseq\"")};
    if (!members.refusal) wire::encode(frame, {}, received);
  } else if (op == "ping") {
    const wire::Ping ping{members.name(kId, "ping needs an \"id\": 1 to 64 bytes of text")};
    if (!members.refusal) wire::encode(frame, {}, ping);
  } else if (op == "history") {
    read_history(members, frame);
  } else if (op == "auth") {
    read_auth(members, decoded, frame);
  } else if (op == "response") {
    const wire::Response response{
        members.bytes(kData, decoded, kBadData, "response needs \"data\"")};
    if (!members.refusal) wire::encode(frame, {}, response);
  } else if (op == "bye") {
    wire::encode(frame, {}, wire::Bye{});
  } else {
    members.fail(bad_request("an unknown \"op\""));
  }
}

}  // namespace

class JsonReader::Parser {
 public:
  Parser() : parser_(options()) {}

  std::optional<JsonRefusal> read(std::string_view text, wire::Bytes& frame) {
    Handler& handler = parser_.handler();
    handler.begin(text);
    parser_.reset();
    ErrorCode error;
    const std::size_t used = parser_.write_some(false, text.data(), text.size(), error);
    if (handler.refusal()) return handler.refusal();
    if (error || used != text.size()) {
      const bool deep = error == json::error::too_deep;
      return refusal(wire::Code::not_json, deep ? "nested deeper than 32" : "this is not JSON");
    }
    if (!handler.is_object()) return bad_request("a message is one JSON object");
    frame.clear();
    Members members(handler);
    read_operation(members, decoded_, frame);
    return members.refusal;
  }

 private:
  json::basic_parser<Handler> parser_;
  wire::Bytes decoded_;
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::~JsonReader() = default;

std::optional<JsonRefusal> JsonReader::read(std::string_view text, wire::Bytes& frame) {
  return parser_->read(text, frame);
}

}  // namespace trunkline::edge
