#include "tests/sim/describe.h"

#include "tests/sim/letter.h"

namespace trunkline::sim {
namespace {

using std::to_string;

std::string letter(const wire::MessageView& message) {
  return " " + std::string(message.from) + "/" + std::string(message.device) + " to " +
         std::string(message.to) + " id " + std::string(message.id) + " #" +
         to_string(serial_of(message.body));
}
std::string user(wire::BytesView name, wire::BytesView device, wire::Sepoch sepoch) {
  return " " + std::string(name) + "/" + std::string(device) + " login " +
         to_string(wire::epoch_of(sepoch)) + "." + to_string(sepoch & 0xffffffff);
}
std::string number(wire::Mseq mseq) {
  return mseq == wire::kNoMseq ? " none" : " " + to_string(mseq);
}

std::string text(const wire::Attach& f) {
  return "ATTACH" + user(f.user, f.device, f.sepoch) + " resume" + number(f.resume);
}
std::string text(const wire::Attached& f) {
  return "ATTACHED" + user("", "", f.sepoch) + " cursor" + number(f.cursor) + " head" +
         number(f.head);
}
std::string text(const wire::AttachRefused& f) {
  return "ATTACH_REFUSED " + std::string(wire::to_string(f.code));
}
std::string text(const wire::Replaced& f) {
  return "REPLACED by" + user("", "", f.sepoch);
}
std::string text(const wire::Detach& f) {
  return "DETACH" + user(f.user, f.device, f.sepoch);
}
std::string text(const wire::Send& f) {
  return "SEND tag " + to_string(f.tag) + user("", "", f.sepoch) + letter(f.message);
}
std::string text(const wire::Stored& f) {
  return "STORED tag " + to_string(f.tag);
}
std::string text(const wire::Refused& f) {
  return "REFUSED tag " + to_string(f.tag) + " " + std::string(wire::to_string(f.code));
}
std::string text(const wire::Fenced& f) {
  return "FENCED tag " + to_string(f.tag);
}
std::string text(const wire::Deliver& f) {
  return "DELIVER" + number(f.mseq) + letter(f.message);
}
std::string text(const wire::Trimmed& f) {
  return "TRIMMED from" + number(f.from);
}
std::string text(const wire::Taken& f) {
  return "TAKEN" + user(f.user, f.device, f.sepoch) + number(f.mseq);
}
std::string text(const wire::Received& f) {
  return "RECEIVED" + user(f.user, f.device, f.sepoch) + number(f.mseq);
}
std::string text(const wire::Copy& f) {
  return "COPY log " + to_string(f.log) + " up to " + to_string(f.position);
}
std::string text(const wire::Copied& f) {
  return "COPIED log " + to_string(f.log) + " up to " + to_string(f.position);
}
std::string text(const wire::ClientStored& f) {
  return "stored id " + std::string(f.id) + " to " + std::string(f.to);
}
std::string text(const wire::ClientRefused& f) {
  return "refused id " + std::string(f.id) + " to " + std::string(f.to) + " " +
         std::string(wire::to_string(f.code));
}
std::string text(const wire::Welcome& f) {
  return "welcome cursor" + number(f.cursor);
}

template <class Payload>
std::string read(const wire::FrameView& frame) {
  const auto payload = wire::payload_of<Payload>(frame);
  return payload ? text(*payload) : "unreadable";
}

}  // namespace

std::string describe(const wire::FrameView& frame) {
  switch (frame.header.kind) {
    case wire::Kind::attach:
      return read<wire::Attach>(frame);
    case wire::Kind::attached:
      return read<wire::Attached>(frame);
    case wire::Kind::attach_refused:
      return read<wire::AttachRefused>(frame);
    case wire::Kind::replaced:
      return read<wire::Replaced>(frame);
    case wire::Kind::detach:
      return read<wire::Detach>(frame);
    case wire::Kind::send:
      return read<wire::Send>(frame);
    case wire::Kind::stored:
      return read<wire::Stored>(frame);
    case wire::Kind::refused:
      return read<wire::Refused>(frame);
    case wire::Kind::fenced:
      return read<wire::Fenced>(frame);
    case wire::Kind::deliver:
      return read<wire::Deliver>(frame);
    case wire::Kind::trimmed:
      return read<wire::Trimmed>(frame);
    case wire::Kind::taken:
      return read<wire::Taken>(frame);
    case wire::Kind::received:
      return read<wire::Received>(frame);
    case wire::Kind::copy:
      return read<wire::Copy>(frame);
    case wire::Kind::copied:
      return read<wire::Copied>(frame);
    case wire::Kind::client_stored:
      return read<wire::ClientStored>(frame);
    case wire::Kind::client_refused:
      return read<wire::ClientRefused>(frame);
    case wire::Kind::welcome:
      return read<wire::Welcome>(frame);
    default:
      return "kind " + to_string(static_cast<unsigned>(frame.header.kind));
  }
}

std::string describe(wire::BytesView bytes, wire::Way way) {
  const auto batch = wire::decode_batch(bytes, way);
  if (!batch) return "unreadable batch";
  std::string text =
      "#" + to_string(batch->header.number) + " consumed " + to_string(batch->header.consumed);
  for (wire::BytesView frames = batch->frames; !frames.empty();) {
    const auto frame = wire::next_frame(frames);
    if (!frame) return text + " | unreadable frame";
    const wire::Address& at = frame->header.address;
    text += " | " + to_string(at.rank) + ":" + to_string(at.port) + ":" + to_string(at.session) +
            " " + describe(*frame);
  }
  return text;
}

}  // namespace trunkline::sim
