// Writes the seeds of every target, made by the encoders that the product has:
// fuzz_seeds DIRECTORY makes DIRECTORY/TARGET/01, 02 … (scripts/fuzz --collect does, and keeps what
// reaches something new).
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <vector>

#include "persistence/dump_writer.h"
#include "wire/base64.h"
#include "wire/batch.h"
#include "wire/cluster_file.h"
#include "wire/placement.h"
#include "wire/record.h"
#include "wire/stamps.h"

namespace trunkline::fuzz {
namespace {

using namespace wire;
using Seeds = std::vector<Bytes>;

MessageView message(MessageClass message_class, BytesView body) {
  return {message_class, "alice", "phone", "bob", "m1", body, {}};
}
MessageView stored(BytesView body = "hello") {
  return message(MessageClass::stored, body);
}
MessageView direct(BytesView body = "typing") {
  return message(MessageClass::direct, body);
}

template <class Payload>
Bytes frame(const Payload& payload) {
  FrameHeader header;
  header.address = {1, 2, 3};
  header.slot = 4;
  return encoded(header, payload);
}

// To the home of the one that it is about, from session 0.
template <class Payload>
Bytes addressed(const Payload& payload) {
  FrameHeader header;
  header.slot = slot_of("mallory");
  return encoded(header, payload);
}

Bytes account() {
  Account account;
  account.user = "alice";
  account.salt = "0123456789abcdef";
  const Bytes stored_key(32, 's'), server_key(32, 'k');
  account.stored_key = stored_key;
  account.server_key = server_key;
  account.iterations = 4'096;
  account.mailbox = "1795513800123000";
  return encoded_account(account);
}

Bytes message_record(BytesView stamps = {}) {
  MessageRecord record;
  record.owner = "bob";
  record.mseq = 7;
  record.sepoch = make_sepoch(3, 4);
  record.print = 5;
  record.time_ms = 1'795'513'800'123;
  record.source_log = 8;
  record.source_lsn = 9;
  record.count_sum = 10;
  record.bytes_sum = 11;
  record.message = stored();
  record.stamps = stamps;
  return encoded_record(record);
}

Bytes stamps() {
  StampBlock block;
  block.flags = kSampled;
  block.present = 3;
  block.sequence = 1;
  block.intended_ns = 2;
  return encoded(block);
}

Bytes page_entries() {
  Bytes entries;
  append_entry(entries, {40, 1'795'513'800'000, stored("hi")});
  append_entry(entries, {41, 1'795'513'800'001, stored(BytesView("\xff\x00", 2))});
  return entries;
}

// What edges and ranks say.
Seeds cluster_frames() {
  const Bytes records = message_record(), entries = page_entries(), one_account = account();
  return {frame(Hello{"edge1", 0, 77}),
          frame(HelloOk{7, 77, 0, 1, Storage::tmpfs}),
          frame(Reset{77}),
          frame(Beat{}),
          frame(Verifier{"alice"}),
          frame(VerifierIs{"alice", "salt", "stored key", "server key", 4'096, 1}),
          frame(Attach{"alice", "phone", 0, 41, "1", 1}),
          frame(Attached{make_sepoch(7, 1), 41, 50, "1", Storage::disk}),
          frame(AttachRefused{Code::bad_cursor}),
          frame(Replaced{make_sepoch(7, 2)}),
          frame(Revoked{}),
          frame(Detach{"alice", "phone", 1}),
          frame(Send{1, make_sepoch(7, 1), stored()}),
          encoded({}, Send{1, 1, stored()}, stamps()),
          frame(Stored{1, 128}),
          frame(Refused{1, 128, Code::quota}),
          frame(Fenced{1, 128, 2}),
          frame(Deliver{42, 1'795'513'800'123, stored()}),
          frame(Trimmed{1'000}),
          frame(Taken{"alice", "phone", 1, 42}),
          frame(Received{"alice", "phone", 1, 42}),
          frame(History{"alice", "phone", 1, "bob", 42, 2, "h1"}),
          frame(Page{"h1", true, false, entries}),
          frame(Copy{8, 9, records}),
          frame(Copied{8, 9}),
          frame(Direct{1'795'513'800'124, direct()}),
          frame(Hint{"bob", 1, 2}),
          frame(DirectRefused{"t1", "bob", Code::no_such_user}),
          frame(Sole{"bob", true, 3}),
          frame(Admin{AdminVerb::user_add, kNoRank, "alice", one_account}),
          frame(AdminIs{})};
}

// What `.bin` clients say.
Seeds client_frames() {
  return {frame(Auth{"SCRAM-SHA-256", "n,,n=alice,r=abcdefgh", "phone", 41, "1"}),
          frame(Auth{"PLAIN", BytesView("\0alice\0secret", 13), "phone", kNoMseq, {}}),
          frame(Response{"c=biws,r=abcdefgh,p=AAAA"}),
          frame(Send{0, 0, stored()}),
          frame(Send{0, 0, stored(BytesView("\xff\x00", 2))}),
          encoded({}, Send{0, 0, stored()}, stamps()),
          frame(Direct{0, direct()}),
          frame(ClientReceived{42}),
          frame(ClientHistory{"bob", 42, 2, "h1"}),
          frame(ClientHistory{}),
          frame(Ping{"p1"}),
          frame(Bye{}),
          frame(Ping{"p1"}) + frame(Send{0, 0, stored()}) + frame(Bye{})};
}

// What clients are told.
Seeds told_frames() {
  const Bytes entries = page_entries();
  return {frame(Challenge{"r=abcdefghXYZ,s=c2FsdA==,i=4096"}),
          frame(Deliver{42, 1'795'513'800'123, stored()}),
          frame(Deliver{43, 1'795'513'800'123, stored("\xc3\xa9\"\\\n\x01\xf0\x9f\x98\x80")}),
          frame(Deliver{44, 0, stored("\xff\xfe")}),
          frame(Direct{1'795'513'800'124, direct()}),
          frame(ClientStored{"m1", "bob"}),
          frame(Trimmed{1'000}),
          frame(Pong{"p1"}),
          frame(Page{"h1", true, false, entries}),
          frame(Page{{}, true, true, {}})};
}

Seeds server_texts() {
  Seeds seeds = told_frames();
  const Seeds texts = {
      R"({"op":"challenge","data":"cj1YMWE="})",
      R"({"op":"welcome","user":"alice","device":"phone","edge":"edge1","rank":0,"cursor":41,"mailbox":"1","storage":"disk","data":"dj0="})",
      R"({"op":"message","from":"alice","to":"bob","id":"m1","body":"hello","class":"stored","mseq":42,"time":"2026-11-24T09:50:00.123Z"})",
      R"({"op":"message","from":"a","to":"b","id":"t","bytes":"/wA=","class":"direct","time":"2026-11-24T09:50:00.124Z"})",
      R"({"op":"stored","id":"m1","to":"bob"})",
      R"({"op":"refused","id":"m1","to":"bob","code":"quota","retry":true,"text":"full"})",
      R"({"op":"history","messages":[{"from":"b","to":"a","id":"b7","body":"hi","class":"stored","mseq":40,"time":"2026-11-24T09:48:00.000Z"}],"complete":false,"ref":"h1"})",
      R"({"op":"trimmed","from":1000})",
      R"({"op":"pong","id":"p1"})",
      R"({"op":"move","urls":["wss://edge2.example:8443"]})",
      R"({"op":"error","code":"draining","text":"this edge is ending"})"};
  seeds.insert(seeds.end(), texts.begin(), texts.end());
  return seeds;
}

Seeds batches() {
  Seeds seeds;
  for (const Way way : {Way::port, Way::link}) {
    BatchBuilder builder;
    builder.add(FrameHeader{}, Beat{});
    builder.add(FrameHeader{}, Send{1, 1, stored()});
    builder.add(FrameHeader{}, Direct{1, direct()}, stamps());
    BatchHeader header;
    header.way = way;
    header.epoch = 7;
    header.number = 1;
    seeds.push_back(builder.take(header));
    seeds.push_back(builder.take(header));  // no frames
  }
  return seeds;
}

Seeds records() {
  return {message_record(), message_record(stamps()),
          encoded_record(CursorRecord{"bob", "phone", 7, 1'795'513'800'123, true}),
          encoded_record(CopiedRecord{3, 9}), account()};
}

Seeds cluster_files() {
  ClusterFile file;
  file.epoch = 7;
  file.job = "0123abcd";
  file.version = "0.1.0";
  file.storage = "disk";
  const Bytes empty = to_json(file);
  file.ranks.push_back({0, "node1", 4'711, "ipc:///run/rank-0", "tcp://10.0.0.1:5555", "key", "/a",
                        "ws://127.0.0.1:8080/ws"});
  return {empty, to_json(file)};
}

Seeds operations() {
  return {
      R"({"op":"auth","mechanism":"PLAIN","data":"AGEAYg==","device":"phone","cursor":7,"mailbox":"1"})",
      R"({"op":"response","data":"Yz1iaXdz"})",
      R"({"op":"send","id":"m1","to":"bob","body":"h\u00e9\ud83d\ude00\n","class":"direct"})",
      R"({"op":"send","id":"m1","to":"bob","bytes":"/wA=","x":[1,-2.5e3,{"y":null},true]})",
      R"({"op":"send","id":"m1","to":"bob","body":""} )",
      R"({"op":"received","mseq":9007199254740991})",
      R"({"op":"history","with":"bob","before":42,"limit":2,"ref":"h1"})",
      R"({"op":"ping","id":"p","id":"q"})",
      R"({"op":"bye"})",
      R"({"op":"bye","x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]})"};
}

Bytes part(BytesView bytes) {
  return static_cast<char>(static_cast<unsigned char>(bytes.size())) + Bytes(bytes);
}

Seeds logins() {
  const Bytes plus_channel = to_base64("p=tls-exporter,,what TLS exports: 32 bytes of it");
  const Bytes first = "n,,n=alice,r=abcdefgh", last = "c=biws,r=%r";
  return {"\x09"[0] + part("n,,n=alice,r=abcdefgh") + "c=biws,r=%r",
          "\x01"[0] + part(first) + last + ",p=AAAA",
          "\x0e"[0] + part("p=tls-exporter,,n=alice,r=abcdefgh") + "c=" + plus_channel + ",r=%r",
          "\x0a"[0] + part("n,a=alice,n=alice,r=abcdefgh") + "c=bixhPWFsaWNlLA==,r=%r",
          "\x09"[0] + part("y,,n=a=2Cl=3D,r=abcdefgh") + "c=eSws,r=%r",
          Bytes(1, '\0') + part(BytesView("\0alice\0secret", 13)),
          Bytes(1, '\0') + part(BytesView("alice\0alice\0s\xc3\xa9", 16))};
}

Seeds requests() {
  const Bytes lines =
      "Host: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
  const Bytes offer = "Sec-WebSocket-Protocol: chat, trunkline.v1.json\r\n";
  const Bytes all = "\xff";  // one piece
  return {all + "GET /ws HTTP/1.1\r\n" + lines + offer + "\r\n",
          "\x05"
          "GET /ws?x=1 HTTP/1.1\r\n" +
              lines + "Origin: https://chat.example\r\n" + offer + "\r\n",
          all + "GET /ws HTTP/1.1\r\n" + lines + "Origin: null\r\n" + offer + "\r\n",
          all + "GET /ws HTTP/1.1\r\n" + lines + "\r\n",
          all + "GET /ws HTTP/1.1\r\nHost: a\r\n\r\n",
          all + "GET /healthz HTTP/1.0\r\n\r\n",
          all + "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
          all + "GET /lab/data.json HTTP/1.1\r\nIf-None-Match: a\r\n\r\n",
          all + "POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
          all + "POST /ws HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
          all + "GET / HTTP/1.1\r\nX: " + Bytes(8'300, 'x') + "\r\n\r\n"};
}

Seeds walks() {
  const auto frame_of = [](unsigned first, const Bytes& payload) {
    return Bytes{static_cast<char>(first), static_cast<char>(0x80 | payload.size()), 1, 2, 3, 4} +
           payload;
  };
  return {"\x13" + frame_of(0x81, "hello") + frame_of(0x89, "") + frame_of(0x82, "x"),
          "\x05" + frame_of(0x01, "a") + frame_of(0x00, "b") + frame_of(0x80, "c"),
          "\x21" + Bytes("\x82\xfe\x00\x7e", 4) + Bytes(130, 'm'),
          "\x31" + Bytes("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x05", 10) + Bytes(9, 'm') + "\x82"};
}

Seeds texts() {
  return {"alice",        "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
          "\xc2\x85",     "AGEAYg==",
          "/wA=",         "\xef\xbc\xa1\xc2\xaa",
          "\xed\xa0\x80", Bytes(65, 'x')};
}

Bytes step(char what, BytesView bytes) {
  return what + part(bytes.substr(0, 255));
}

Seeds gateway_steps() {
  Seeds seeds;
  for (const Bytes& frame : client_frames())
    seeds.push_back(step(0, frame) + '\6' + step(1, frame));
  for (const Bytes& frame : cluster_frames()) {
    seeds.push_back(step(0, encoded({}, Send{0, 0, stored()})) + step(3, frame) + '\7');
  }
  const Bytes stored_answer = frame(Stored{1, 128}), sent = encoded({}, Send{0, 0, stored()});
  seeds.push_back(step(0, sent) + step(3, stored_answer) + step(0, sent) + '\xf7' + '\xf7' +
                  '\x86');
  return seeds;
}

Seeds router_steps() {
  const MessageView sent = {MessageClass::stored, "mallory", "desk", "mallory", "m1", "hello", {}};
  const MessageView said = {MessageClass::direct, "mallory", "desk", "mallory", "d1", "hi", {}};
  const Bytes attach = step(0, addressed(Attach{"mallory", "desk", 0, kNoMseq, "1", 1}));
  Seeds seeds = {
      attach + step(0, addressed(Send{1, make_sepoch(1, 2), sent})) +
          step(0, addressed(Taken{"mallory", "desk", make_sepoch(1, 2), 1})) +
          step(0, addressed(Received{"mallory", "desk", make_sepoch(1, 2), 1})) + '\xf7',
      attach + step(0, addressed(Direct{0, said})),
      attach + step(0, addressed(History{"mallory", "desk", make_sepoch(1, 2), {}, 9, 3, "r"})),
      attach + step(0, addressed(Detach{"mallory", "desk", make_sepoch(1, 2)})),
      step(0, addressed(Verifier{"mallory"})) + step(0, addressed(Verifier{"nobody"})),
      step(0, addressed(Admin{AdminVerb::ping, kNoRank, "mallory", {}})),
      step(0, addressed(Admin{AdminVerb::metrics, 0, {}, {}})),
      step(0, addressed(Admin{AdminVerb::stop, 0, {}, {}}))};
  for (const Bytes& frame : cluster_frames()) seeds.push_back(attach + step(0, frame));
  for (const Bytes& batch : batches()) seeds.push_back(step(6, batch));
  return seeds;
}

Seeds dumps() {
  using namespace persistence;
  Bytes file = "\x1f";  // in pieces of 32
  const auto put = [&file](BytesView bytes) { file.append(bytes); };
  DumpHeader header;
  header.ranks = 2;
  header.epoch = 7;
  Seeds seeds;
  {
    DumpWriter writer(header, put);
    writer.finish();
    seeds.push_back(file);
  }
  file.resize(1);
  DumpWriter writer(header, put);
  const Bytes one_account = account(), record = message_record();
  DumpAccount first{one_account};
  first.decoded = *decode_account(one_account);
  writer.add(first);
  DumpMailbox mailbox;
  mailbox.owner = "bob";
  mailbox.meta.head = 7;
  mailbox.meta.first = 7;
  writer.add(mailbox);
  writer.add(DumpCursor{"desk", 6, 1});
  writer.add(DumpCursor{"phone", 7, 2});
  DumpMessage stored_one{record};
  stored_one.decoded = *record_of<MessageRecord>(*decode_record(record));
  writer.add(stored_one);
  writer.add(DumpRemembered{"alice", "phone", 3, 4, 5, 6});
  writer.finish();
  seeds.push_back(file);
  return seeds;
}

void write(const std::filesystem::path& directory, const Seeds& seeds) {
  std::filesystem::create_directories(directory);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    char name[16];
    std::snprintf(name, sizeof name, "%02zu", i + 1);
    std::ofstream out(directory / name, std::ios::binary);
    if (!out.write(seeds[i].data(), static_cast<std::streamsize>(seeds[i].size())).flush()) {
      throw std::runtime_error("cannot write " + (directory / name).string());
    }
  }
}

}  // namespace
}  // namespace trunkline::fuzz

int main(int argc, char** argv) {
  using namespace trunkline::fuzz;
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds DIRECTORY\n");
    return 2;
  }
  Seeds frames = cluster_frames();
  const Seeds clients = client_frames(), told = told_frames();
  frames.insert(frames.end(), clients.begin(), clients.end());
  frames.insert(frames.end(), told.begin(), told.end());
  const std::map<std::string, Seeds> all = {
      {"frame", frames},
      {"batch", batches()},
      {"record", records()},
      {"text", texts()},
      {"client_frame", clients},
      {"json", operations()},
      {"login", logins()},
      {"server_text", server_texts()},
      {"http_request", requests()},
      {"frame_walker", walks()},
      {"cluster_file", cluster_files()},
      {"dump", dumps()},
      {"gateway", gateway_steps()},
      {"router", router_steps()},
  };
  try {
    for (const auto& [target, seeds] : all) write(std::filesystem::path(argv[1]) / target, seeds);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "fuzz_seeds: %s\n", problem.what());
    return 1;
  }
  return 0;
}
