#include "tests/door/caller.h"

#include <boost/json.hpp>
#include <stdexcept>

#include "wire/base64.h"

namespace trunkline::tests {
namespace {

using wire::Kind;

std::string member(const boost::json::object& object, std::string_view name) {
  const auto* found = object.if_contains({name.data(), name.size()});
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

template <class Payload>
Payload payload(const wire::FrameView& frame) {
  const auto found = wire::payload_of<Payload>(frame);
  if (!found) throw std::runtime_error("a frame of the cluster's does not decode");
  return *found;
}

std::string words_of_message(const wire::MessageView& message) {
  return "message " + std::string(message.from) + " " + std::string(message.device) + " " +
         std::string(message.body);
}

std::string code_words(std::string_view what, wire::Code code) {
  return std::string(what) + " " + std::string(wire::to_string(code));
}

std::size_t entries_in(wire::BytesView entries) {
  std::size_t count = 0;
  for (; !entries.empty() && wire::next_entry(entries); ++count) {
  }
  return count;
}

}  // namespace

std::string auth_text(std::string_view mechanism, std::string_view data, std::string_view device) {
  return R"({"op":"auth","mechanism":")" + std::string(mechanism) + R"(","data":")" +
         wire::to_base64(data) + R"(","device":")" + std::string(device) + R"("})";
}

std::string plain_words(const std::string& user, const std::string& password,
                        const std::string& act_as) {
  return act_as + '\0' + user + '\0' + password;
}

Caller::Caller(std::uint16_t port, bool tls, Speaks speaks)
    : speaks_(speaks), visit_(port, tls, speaks == Speaks::json ? kJsonProtocol : kBinProtocol) {}

void Caller::log_in(const std::string& user, const std::string& device,
                    const std::string& password) {
  const std::string data = plain_words(user, password.empty() ? user : password);
  if (speaks_ == Speaks::json) {
    say_text(auth_text("PLAIN", data, device));
  } else {
    say_frame(wire::encoded({}, wire::Auth{"PLAIN", data, device, wire::kNoMseq, {}}));
  }
  const std::string answer = told();
  if (answer != "welcome") throw std::runtime_error(user + " is not welcome: " + answer);
}

void Caller::say_frame(std::string_view whole_frames) {
  visit_.say(frame(kBinary, whole_frames));
}
void Caller::say_text(std::string_view text) {
  visit_.say(frame(kText, text));
}

std::string Caller::told() {
  if (frames_.empty()) {
    const Heard heard = visit_.next();
    if (heard.is_close()) visit_.say(frame(kClose, heard.payload));  // or the door waits for it
    if (!heard.is_frame || heard.is_close()) return heard.words();
    if (heard.opcode == kText) return words_of_text(heard.payload);
    if (heard.opcode != kBinary) return heard.words();
    frames_ = heard.payload;
  }
  const auto frame = wire::decode(frames_, wire::kFrameBytesHardMax);
  if (!frame) return "what is no frame";
  std::string words = words_of_frame(*frame);
  frames_.erase(0, frame->whole.size());
  return words;
}

std::string Caller::words_of_text(std::string_view text) {
  const auto object = boost::json::parse({text.data(), text.size()}).as_object();
  const std::string op = member(object, "op");
  more_ = member(object, op == "error" || op == "refused" ? "text" : "data");
  if (op == "error" || op == "refused") return op + " " + member(object, "code");
  if (op == "message") return "message " + member(object, "from") + "  " + member(object, "body");
  if (op == "history") return "history " + std::to_string(object.at("messages").as_array().size());
  if (op != "challenge") return op;
  std::string data;
  if (!wire::append_from_base64(data, more_)) return "challenge that is not base64";
  more_ = data;
  return op;
}

std::string Caller::words_of_frame(const wire::FrameView& frame) {
  switch (frame.header.kind) {
    case Kind::challenge:
      more_ = payload<wire::Challenge>(frame).data;
      return "challenge";
    case Kind::welcome:
      return "welcome";
    case Kind::client_stored:
      return "stored";
    case Kind::pong:
      return "pong";
    case Kind::page:
      return "history " + std::to_string(entries_in(payload<wire::Page>(frame).entries));
    case Kind::deliver:
      return words_of_message(payload<wire::Deliver>(frame).message);
    case Kind::direct:
      return words_of_message(payload<wire::Direct>(frame).message);
    case Kind::client_refused: {
      const auto refused = payload<wire::ClientRefused>(frame);
      more_ = refused.text;
      return code_words("refused", refused.code);
    }
    case Kind::error: {
      const auto error = payload<wire::Error>(frame);
      more_ = error.text;
      return code_words("error", error.code);
    }
    default:
      return "a frame of kind " + std::to_string(static_cast<int>(frame.header.kind));
  }
}

std::string Caller::answer() {
  std::string words = told();
  while (words.starts_with("message ")) words = told();
  return words;
}

std::string Caller::ending() {
  std::string all, words;
  do {
    words = answer();
    const bool in_order = words == "end" && all.find("close ") != std::string::npos;
    if (!in_order) all += (all.empty() ? "" : ", ") + words;
  } while (words != "end" && words != "reset" && words != "silence" && words != "half a frame");
  return all;
}

std::string Caller::finish(lab::SaslLogin& login, std::string_view mechanism) {
  const auto first = login.step({});
  say_text(auth_text(mechanism, first.value()));
  if (const std::string words = told(); words != "challenge") return words;
  const auto response = login.step(more_);
  say_text(R"({"op":"response","data":")" + wire::to_base64(response.value()) + R"("})");
  return ending();
}

}  // namespace trunkline::tests
