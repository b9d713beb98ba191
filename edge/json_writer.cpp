#include <algorithm>
#include <charconv>
#include <chrono>

#include "edge/json_codec.h"
#include "wire/base64.h"

namespace trunkline::edge {
namespace {

using wire::Bytes;
using wire::BytesView;

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_number(Bytes& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_escape(Bytes& out, char character) {
  switch (character) {
    case '"':
      out.append("\\\"");
      break;
    case '\\':
      out.append("\\\\");
      break;
    case '\b':
      out.append("\\b");
      break;
    case '\f':
      out.append("\\f");
      break;
    case '\n':
      out.append("\\n");
      break;
    case '\r':
      out.append("\\r");
      break;
    case '\t':
      out.append("\\t");
      break;
    default:
      out.append("\\u00");
      out.push_back(kHexDigits[static_cast<unsigned char>(character) >> 4]);
      out.push_back(kHexDigits[static_cast<unsigned char>(character) & 15]);
  }
}

// In quotes. REQUIRES: UTF-8. What needs no escape is copied in runs.
void append_text(Bytes& out, BytesView text) {
  out.push_back('"');
  std::size_t run = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto character = static_cast<unsigned char>(text[at]);
    if (character >= 0x20 && character != '"' && character != '\\') continue;
    out.append(text.substr(run, at - run));
    append_escape(out, text[at]);
    run = at + 1;
  }
  out.append(text.substr(run));
  out.push_back('"');
}

// ,"key":"text"
void append_member(Bytes& out, std::string_view key, BytesView text) {
  out.append(",\"").append(key).append("\":");
  append_text(out, text);
}
void append_member(Bytes& out, std::string_view key, std::uint64_t number) {
  out.append(",\"").append(key).append("\":");
  append_number(out, number);
}
void append_flag(Bytes& out, std::string_view key, bool value) {
  out.append(",\"").append(key).append(value ? "\":true" : "\":false");
}
void append_data(Bytes& out, std::string_view key, BytesView bytes) {
  out.append(",\"").append(key).append("\":\"");
  wire::append_base64(out, bytes);
  out.push_back('"');
}

void append_two(Bytes& out, unsigned number) {
  out.push_back(static_cast<char>('0' + number / 10 % 10));
  out.push_back(static_cast<char>('0' + number % 10));
}

// The members of a message, the first without its comma; `mseq` 0: it has none.
void append_message(Bytes& out, const wire::MessageView& message, wire::Mseq mseq,
                    std::int64_t time_ms) {
  out.append("\"from\":");
  append_text(out, message.from);
  append_member(out, "to", message.to);
  append_member(out, "id", message.id);
  if (wire::is_utf8(message.body)) {
    append_member(out, "body", message.body);
  } else {
    append_data(out, "bytes", message.body);
  }
  const bool stored = message.message_class == wire::MessageClass::stored;
  out.append(stored ? R"(,"class":"stored")" : R"(,"class":"direct")");
  if (mseq != 0) append_member(out, "mseq", mseq);
  out.append(R"(,"time":")");
  append_time(out, time_ms);
  out.append("\"}");
}

// ---- one for each row of the table "server to client"

void append(Bytes& out, const wire::Challenge& challenge) {
  out.append(R"({"op":"challenge")");
  append_data(out, "data", challenge.data);
  out.push_back('}');
}

void append(Bytes& out, const wire::Welcome& welcome) {
  out.append(R"({"op":"welcome")");
  append_member(out, "user", welcome.user);
  append_member(out, "device", welcome.device);
  append_member(out, "edge", welcome.edge);
  append_member(out, "rank", welcome.rank);
  append_member(out, "cursor", welcome.cursor);
  append_member(out, "mailbox", welcome.mailbox);
  append_member(out, "storage", wire::to_string(welcome.storage));
  if (!welcome.data.empty()) append_data(out, "data", welcome.data);
  out.push_back('}');
}

void append(Bytes& out, const wire::Deliver& deliver) {
  out.append(R"({"op":"message",)");
  append_message(out, deliver.message, deliver.mseq, deliver.time_ms);
}

void append(Bytes& out, const wire::Direct& direct) {
  out.append(R"({"op":"message",)");
  append_message(out, direct.message, 0, direct.time_ms);
}

void append(Bytes& out, const wire::ClientStored& stored) {
  out.append(R"({"op":"stored")");
  append_member(out, "id", stored.id);
  append_member(out, "to", stored.to);
  out.push_back('}');
}

void append(Bytes& out, const wire::ClientRefused& refused) {
  out.append(R"({"op":"refused")");
  if (!refused.id.empty()) append_member(out, "id", refused.id);
  if (!refused.to.empty()) append_member(out, "to", refused.to);
  if (!refused.ref.empty()) append_member(out, "ref", refused.ref);
  append_member(out, "code", wire::to_string(refused.code));
  append_flag(out, "retry", wire::may_retry(refused.code));
  append_member(out, "text", refused.text);
  out.push_back('}');
}

void append(Bytes& out, const wire::Trimmed& trimmed) {
  out.append(R"({"op":"trimmed")");
  append_member(out, "from", trimmed.from);
  out.push_back('}');
}

void append(Bytes& out, const wire::Pong& pong) {
  out.append(R"({"op":"pong")");
  append_member(out, "id", pong.id);
  out.push_back('}');
}

void append(Bytes& out, const wire::Move& move) {
  out.append(R"({"op":"move","urls":[)");
  BytesView left = move.urls;
  for (bool first = true; !left.empty(); first = false) {
    const std::size_t end = left.find('\n');
    if (!first) out.push_back(',');
    append_text(out, left.substr(0, end));
    left.remove_prefix(end == BytesView::npos ? left.size() : end + 1);
  }
  out.append("]}");
}

void append(Bytes& out, const wire::Error& error) {
  out.append(R"({"op":"error")");
  append_member(out, "code", wire::to_string(error.code));
  append_member(out, "text", error.text);
  out.push_back('}');
}

// A page comes in frames; its entries rise over them, so the text can be made as they come.
bool append_page(Bytes& out, const wire::Page& frame, JsonPage& page) {
  if (page.empty()) page.append(R"({"op":"history","messages":[)");
  for (BytesView left = frame.entries; !left.empty();) {
    const auto entry = wire::next_entry(left);
    if (!entry) return false;
    page.append(page.back() == '[' ? "{" : ",{");
    append_message(page, entry->message, entry->mseq, entry->time_ms);
  }
  if (!frame.last) return true;
  page.push_back(']');
  append_flag(page, "complete", frame.complete);
  if (!frame.ref.empty()) append_member(page, "ref", frame.ref);
  page.push_back('}');
  out.append(page);
  page = JsonPage();
  return true;
}

template <class Payload>
bool append_as(Bytes& out, const wire::FrameView& frame) {
  const auto payload = wire::payload_of<Payload>(frame);
  if (payload) append(out, *payload);
  return payload.has_value();
}

}  // namespace

void append_time(Bytes& out, std::int64_t time_ms) {
  using std::chrono::days;
  // Of the years 0 and 9999: RFC 3339 has no others.
  constexpr std::int64_t kFirstMs = -62'167'219'200'000, kLastMs = 253'402'300'799'999;
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(std::clamp(time_ms, kFirstMs, kLastMs))};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  append_two(out, year / 100);
  append_two(out, year % 100);
  out.push_back('-');
  append_two(out, static_cast<unsigned>(date.month()));
  out.push_back('-');
  append_two(out, static_cast<unsigned>(date.day()));
  out.push_back('T');
  append_two(out, static_cast<unsigned>(clock.hours().count()));
  out.push_back(':');
  append_two(out, static_cast<unsigned>(clock.minutes().count()));
  out.push_back(':');
  append_two(out, static_cast<unsigned>(clock.seconds().count()));
  out.push_back('.');
  const auto milliseconds = static_cast<unsigned>(clock.subseconds().count());
  out.push_back(static_cast<char>('0' + milliseconds / 100));
  append_two(out, milliseconds % 100);
  out.push_back('Z');
}

bool append_json(Bytes& out, const wire::FrameView& frame, JsonPage& page) {
  switch (frame.header.kind) {
    case wire::Kind::deliver:
      return append_as<wire::Deliver>(out, frame);
    case wire::Kind::direct:
      return append_as<wire::Direct>(out, frame);
    case wire::Kind::client_stored:
      return append_as<wire::ClientStored>(out, frame);
    case wire::Kind::client_refused:
      return append_as<wire::ClientRefused>(out, frame);
    case wire::Kind::challenge:
      return append_as<wire::Challenge>(out, frame);
    case wire::Kind::welcome:
      return append_as<wire::Welcome>(out, frame);
    case wire::Kind::trimmed:
      return append_as<wire::Trimmed>(out, frame);
    case wire::Kind::pong:
      return append_as<wire::Pong>(out, frame);
    case wire::Kind::move:
      return append_as<wire::Move>(out, frame);
    case wire::Kind::error:
      return append_as<wire::Error>(out, frame);
    case wire::Kind::page: {
      const auto payload = wire::payload_of<wire::Page>(frame);
      return payload && append_page(out, *payload, page);
    }
    default:
      return false;
  }
}

}  // namespace trunkline::edge
