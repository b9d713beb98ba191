// What is no operation in JSON, said by somebody who is logged in.
#include "tests/door/refusal.h"

namespace trunkline::tests {
namespace {

const std::string kNoJson = "error not_json, close 1008";
const std::string kRequest = "error bad_request, close 1008";

struct Row {
  const char* name;
  std::string text;
};

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}
std::string ping_with(const std::string& members) {
  return R"({"op":"ping","id":"p",)" + members + "}";
}
std::string send_with(const std::string& members) {
  return R"({"op":"send",)" + members + "}";
}

std::vector<Row> no_json() {
  return {
      {"nothing", ""},
      {"a space", " "},
      {"a word", "hello"},
      {"half an object", R"({"op":"ping","id":)"},
      {"one brace too many", R"({"op":"ping","id":"p"}})"},
      {"two objects", R"({"op":"ping","id":"p"}{"op":"ping","id":"q"})"},
      {"a comma too many", R"({"op":"ping","id":"p",})"},
      {"single quotes", R"({'op':'ping','id':'p'})"},
      {"a key without quotes", R"({op:"ping","id":"p"})"},
      {"a comment", R"({"op":"ping",/* */"id":"p"})"},
      {"NaN", ping_with(R"("more":NaN)")},
      {"infinity", ping_with(R"("more":-Infinity)")},
      {"a number that begins with 0", ping_with(R"("more":01)")},
      {"a number in hex", ping_with(R"("more":0x10)")},
      {"a byte order mark",
       "\xef\xbb\xbf"
       R"({"op":"ping","id":"p"})"},
      {"a line feed in a string", "{\"op\":\"ping\",\"id\":\"a\nb\"}"},
      {"an escape that is none", ping_with(R"("more":"\x41")")},
      {"a surrogate alone", ping_with(R"("more":"\ud800")")},
      {"surrogates the wrong way round", ping_with(R"("more":"\udc00\ud800")")},
      {"a surrogate as a key", ping_with(R"("\udfff":1)")},
      {"a surrogate in UTF-8", ping_with("\"more\":\"\xed\xa0\x80\"")},
      {"a byte that is no UTF-8", ping_with("\"more\":\"\xff\"")},
      {"a long form in UTF-8", ping_with("\"more\":\"\xc0\xaf\"")},
      {"33 levels", ping_with(R"("more":)" + repeated("[", 32) + repeated("]", 32))},
      {"2,000 levels that never end", repeated("[", 2000)},
      {"1,025 values", ping_with(R"("more":[0)" + repeated(",0", 1022) + "]")},
      {"1,025 members", ping_with([] {
         std::string members = R"("m0":0)";
         for (int i = 1; i < 1100; ++i) members += ",\"m" + std::to_string(i) + "\":0";
         return members;
       }())},
  };
}

std::vector<Row> no_operation() {
  const std::string long_name(65, 'n');
  return {
      {"a list", "[]"},
      {"a string", R"("ping")"},
      {"null", "null"},
      {"no op", R"({"id":"p"})"},
      {"an op that is a number", R"({"op":7,"id":"p"})"},
      {"an op of the server's", R"({"op":"stored","id":"m","to":"bob"})"},
      {"an op in capitals", R"({"op":"PING","id":"p"})"},
      {"an op of administrators", R"({"op":"admin","verb":"user_add","user":"eve"})"},
      {"two ops", R"({"op":"ping","op":"bye","id":"p"})"},
      {"two ops, one escaped", R"({"op":"ping","\u006fp":"bye","id":"p"})"},
      {"two receivers", send_with(R"("id":"m","to":"bob","to":"eve","body":"b")")},
      {"two equal keys far below", ping_with(R"("more":{"a":[{"b":1,"b":1}]})")},
      {"no id", R"({"op":"ping"})"},
      {"an id that is a number", R"({"op":"ping","id":7})"},
      {"an id that is null", R"({"op":"ping","id":null})"},
      {"an empty id", R"({"op":"ping","id":""})"},
      {"an id of 65 bytes", R"({"op":"ping","id":")" + long_name + R"("})"},
      {"an id of 33 letters of two bytes",
       R"({"op":"ping","id":")" + repeated("\xc3\xa9", 33) + R"("})"},
      {"an id with NUL", R"({"op":"ping","id":"a\u0000b"})"},
      {"an id with a line feed", R"({"op":"ping","id":"a\nb"})"},
      {"an id with delete", R"({"op":"ping","id":"a\u007f"})"},
      {"no receiver", send_with(R"("id":"m","body":"b")")},
      {"an empty receiver", send_with(R"("id":"m","to":"","body":"b")")},
      {"a receiver of 65 bytes", send_with(R"("id":"m","to":")" + long_name + R"(","body":"b")")},
      {"a list of receivers", send_with(R"("id":"m","to":["bob","eve"],"body":"b")")},
      {"no body", send_with(R"("id":"m","to":"bob")")},
      {"a body that is an object", send_with(R"("id":"m","to":"bob","body":{})")},
      {"a body and bytes", send_with(R"("id":"m","to":"bob","body":"b","bytes":"YQ==")")},
      {"bytes that are not base64", send_with(R"("id":"m","to":"bob","bytes":"?")")},
      {"an unknown class", send_with(R"("id":"m","to":"bob","body":"b","class":"fast")")},
      {"received without a number", R"({"op":"received"})"},
      {"received in words", R"({"op":"received","mseq":"1"})"},
      {"received below zero", R"({"op":"received","mseq":-1})"},
      {"received with a fraction", R"({"op":"received","mseq":1.0})"},
      {"received with an exponent", R"({"op":"received","mseq":1e2})"},
      {"received of 2^53", R"({"op":"received","mseq":9007199254740992})"},
      {"received of 2^64", R"({"op":"received","mseq":18446744073709551616})"},
      {"a history with a number", R"({"op":"history","with":7})"},
      {"a history with a name of 65 bytes", R"({"op":"history","with":")" + long_name + R"("})"},
      {"a history before -1", R"({"op":"history","before":-1})"},
      {"a history with a limit in words", R"({"op":"history","limit":"all"})"},
      {"a history with an empty ref", R"({"op":"history","ref":""})"},
  };
}

std::string said(Door& door, const std::string& text) {
  Caller caller = door.stranger();
  caller.log_in(door.new_user("alice"));
  caller.say_text(text);
  return caller.ending();
}

}  // namespace

std::vector<Refusal> text_refusals() {
  std::vector<Refusal> all;
  const auto add = [&all](const std::vector<Row>& rows, const std::string& expected) {
    for (const Row& row : rows) {
      all.push_back(
          {"text", row.name, [text = row.text](Door& door) { return said(door, text); }, expected});
    }
  };
  add(no_json(), kNoJson);
  add(no_operation(), kRequest);
  return all;
}

}  // namespace trunkline::tests
