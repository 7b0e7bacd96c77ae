// swift-format-ignore-file
// Made of docs/openapi.json by scripts/openapi.
// Not a resource: a program of one file has nowhere to look for it, and
// as an array of bytes, which is what an embedded resource is, it takes the compiler 10 s.

/// The description of the control API in OpenAPI 3.1.
public enum OpenAPI {
    /// One JSON document, as `GET /v1/openapi.json` gives it and docs/openapi.json has it.
    public static let document = #"""
{
  "openapi": "3.1.0",
  "info": {
    "title": "The control API of ptrd",
    "version": "1",
    "summary": "Questions and commands for the supervision tree of a running ptrd.",
    "description": "HTTP/1.1 over the Unix domain socket of the daemon: `curl --unix-socket /run/ptrd.sock http://ptrd/v1/status`.\n\nWhoever may connect may ask. Commands are for root, the user ptrd runs as and the members of `[control] admin_group`; who they are is what the kernel says of the connection's other end. Each command is written down in the log and among the events.\n\nIn answers, keys and words are only ever added: pass over those that you do not know. A key that may be null may also be left out. In requests, unknown keys and parameters are refused. A path that does not exist is answered with 404 (`unknown_route`), a method that a path does not have with 405. HEAD is answered wherever GET is."
  },
  "servers": [
    {
      "url": "http://ptrd",
      "description": "Any host name: the socket decides who answers."
    }
  ],
  "security": [],
  "tags": [
    {
      "name": "questions",
      "description": "They change nothing."
    },
    {
      "name": "event streams",
      "description": "Questions whose answers do not end."
    },
    {
      "name": "commands",
      "description": "They change something."
    }
  ],
  "paths": {
    "/v1/status": {
      "get": {
        "operationId": "status",
        "x-swift-name": "StatusRequest",
        "tags": [
          "questions"
        ],
        "summary": "One consistent snapshot.",
        "responses": {
          "200": {
            "description": "One consistent snapshot of the daemon.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Status"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/tree": {
      "get": {
        "operationId": "tree",
        "x-swift-name": "TreeRequest",
        "tags": [
          "questions"
        ],
        "summary": "The live supervision tree.",
        "responses": {
          "200": {
            "description": "The live supervision tree.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Tree"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/streams": {
      "get": {
        "operationId": "streams",
        "x-swift-name": "StreamsRequest",
        "tags": [
          "questions"
        ],
        "summary": "The streams.",
        "responses": {
          "200": {
            "description": "The streams.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Streams"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/streams/position": {
      "get": {
        "operationId": "streamPosition",
        "x-swift-method": "position",
        "x-swift-name": "StreamPositionRequest",
        "tags": [
          "questions"
        ],
        "summary": "After which event id a stream would go on if it had to begin anew.",
        "parameters": [
          {
            "name": "stream",
            "in": "query",
            "description": "The stream's name.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            },
            "required": true
          }
        ],
        "responses": {
          "200": {
            "description": "The position.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/StreamPosition"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      },
      "post": {
        "operationId": "setStreamPosition",
        "x-swift-method": "setPosition",
        "tags": [
          "commands"
        ],
        "summary": "Sets the event id after which a stream goes on, and has it begin anew there.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/SetStreamPositionRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/StreamPosition"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/streams/forget": {
      "post": {
        "operationId": "forgetStreamPosition",
        "x-swift-method": "forgetPosition",
        "tags": [
          "commands"
        ],
        "summary": "Forgets the event id after which a stream goes on, and has it begin anew without one.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ForgetStreamPositionRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/StreamPosition"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/sources/check": {
      "get": {
        "operationId": "sourceCheck",
        "x-swift-method": "checkSource",
        "x-swift-name": "SourceCheckRequest",
        "tags": [
          "questions"
        ],
        "summary": "Whether the broker has what a source needs, and what makes it right. Asks the broker.",
        "parameters": [
          {
            "name": "source",
            "in": "query",
            "description": "The source's name.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            },
            "required": true
          }
        ],
        "responses": {
          "200": {
            "description": "What was found.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/SourceCheck"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/streams/hand-over": {
      "post": {
        "operationId": "handOverStream",
        "x-swift-method": "handOver",
        "tags": [
          "commands"
        ],
        "summary": "Gives a stream that several daemons share up to another one.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/HandOverStreamRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/HandOverResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/workers": {
      "get": {
        "operationId": "workers",
        "x-swift-name": "WorkersRequest",
        "tags": [
          "questions"
        ],
        "summary": "The workers, and what each has in hand.",
        "responses": {
          "200": {
            "description": "The workers, and what each has in hand.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Workers"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/top": {
      "get": {
        "operationId": "top",
        "x-swift-name": "TopRequest",
        "tags": [
          "questions"
        ],
        "summary": "What `ptrctl top` shows.",
        "responses": {
          "200": {
            "description": "What `ptrctl top` shows.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Top"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/whole": {
      "get": {
        "operationId": "whole",
        "x-swift-name": "WholeRequest",
        "tags": [
          "questions"
        ],
        "summary": "What each ptrd of the broker of `[nats]` says of itself, and who of them is silent. Takes half a second.",
        "parameters": [
          {
            "name": "of",
            "in": "query",
            "description": "What is wanted of each.",
            "schema": {
              "type": "string",
              "enum": [
                "status",
                "streams",
                "workers"
              ],
              "default": "status",
              "x-words": "Whole.Part"
            },
            "x-swift-name": "part"
          }
        ],
        "responses": {
          "200": {
            "description": "What was said.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Whole"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/events": {
      "get": {
        "operationId": "events",
        "x-swift-name": "EventsRequest",
        "tags": [
          "questions"
        ],
        "summary": "What happened of late.",
        "parameters": [
          {
            "name": "kind",
            "in": "query",
            "description": "What they are to be about; anything, if it is not given. Several are given with commas or by repeating it.",
            "schema": {
              "type": "array",
              "items": {
                "type": "string",
                "enum": [
                  "crash",
                  "scale",
                  "stream",
                  "supervision",
                  "message",
                  "breaker",
                  "handler",
                  "worker",
                  "state",
                  "control",
                  "daemon"
                ],
                "x-words": "Event.Kind"
              }
            },
            "x-swift-name": "kinds"
          },
          {
            "name": "limit",
            "in": "query",
            "description": "At most so many, the last ones.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 1000,
              "default": 100
            }
          },
          {
            "name": "after",
            "in": "query",
            "description": "Only those with a greater number.",
            "schema": {
              "type": "integer",
              "format": "int64",
              "minimum": 0,
              "maximum": 9223372036854775807,
              "x-swift-type": "UInt64"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "What happened of late.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Events"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/events/stream": {
      "get": {
        "operationId": "followEvents",
        "x-swift-route": "eventStream",
        "x-swift-name": "EventsSubscription",
        "tags": [
          "event streams"
        ],
        "summary": "What happens from now on, or after a given event.",
        "parameters": [
          {
            "name": "kind",
            "in": "query",
            "description": "What they are to be about; anything, if it is not given. Several are given with commas or by repeating it.",
            "schema": {
              "type": "array",
              "items": {
                "type": "string",
                "enum": [
                  "crash",
                  "scale",
                  "stream",
                  "supervision",
                  "message",
                  "breaker",
                  "handler",
                  "worker",
                  "state",
                  "control",
                  "daemon"
                ],
                "x-words": "Event.Kind"
              }
            },
            "x-swift-name": "kinds"
          },
          {
            "name": "after",
            "in": "query",
            "description": "Begin after this one; with those that come from now on if it is not given.",
            "schema": {
              "type": "integer",
              "format": "int64",
              "minimum": 0,
              "maximum": 9223372036854775807,
              "x-swift-type": "UInt64"
            }
          },
          {
            "name": "Last-Event-ID",
            "in": "header",
            "description": "Instead of `after`: where a stream that was broken off goes on.",
            "schema": {
              "type": "integer",
              "format": "int64",
              "minimum": 0,
              "maximum": 9223372036854775807
            }
          }
        ],
        "responses": {
          "200": {
            "description": "An event stream (WHATWG HTML, section 9.2) that does not end by itself. The data of each event is one line of JSON, of the schema that `x-events` names for its type; comments in between keep it alive.",
            "content": {
              "text/event-stream": {
                "schema": {
                  "description": "The stream is a text; a reader that takes it apart has objects like this, one an event.",
                  "type": [
                    "string",
                    "object"
                  ],
                  "properties": {
                    "event": {
                      "enum": [
                        "event"
                      ]
                    },
                    "data": {
                      "description": "A line of JSON.",
                      "type": "string",
                      "contentMediaType": "application/json"
                    },
                    "id": {
                      "description": "The event's number, for `Last-Event-ID`.",
                      "type": "string"
                    }
                  },
                  "required": [
                    "event",
                    "data"
                  ]
                },
                "x-events": {
                  "event": {
                    "$ref": "#/components/schemas/Event"
                  }
                },
                "examples": {
                  "events": {
                    "value": "id: 7\nevent: event\ndata: {\"id\":7,\"kind\":\"crash\",…}\n\n"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/scaling": {
      "get": {
        "operationId": "decisions",
        "x-swift-name": "DecisionsRequest",
        "tags": [
          "questions"
        ],
        "summary": "The last decisions of the autoscaler.",
        "parameters": [
          {
            "name": "limit",
            "in": "query",
            "description": "At most so many, the last ones.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 300,
              "default": 20
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The last decisions of the autoscaler.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Decisions"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/crashes": {
      "get": {
        "operationId": "crashes",
        "x-swift-name": "CrashesRequest",
        "tags": [
          "questions"
        ],
        "summary": "The last crashes.",
        "parameters": [
          {
            "name": "limit",
            "in": "query",
            "description": "At most so many, the last ones.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 500,
              "default": 20
            }
          }
        ],
        "responses": {
          "200": {
            "description": "The last crashes.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Crashes"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/crashes/{id}": {
      "get": {
        "operationId": "crash",
        "x-swift-route": "crashDetail",
        "x-swift-name": "CrashDetailRequest",
        "tags": [
          "questions"
        ],
        "summary": "One crash.",
        "parameters": [
          {
            "name": "id",
            "in": "path",
            "description": "Its number.",
            "schema": {
              "type": "integer",
              "format": "int64",
              "minimum": 1,
              "maximum": 9223372036854775807,
              "x-swift-type": "UInt64"
            },
            "required": true,
            "x-swift-noun": "crash"
          }
        ],
        "responses": {
          "200": {
            "description": "One crash.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Crash"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/tap": {
      "get": {
        "operationId": "tap",
        "x-swift-name": "TapSubscription",
        "tags": [
          "event streams"
        ],
        "summary": "Live messages, sampled: more than the daemon can spare are passed over and counted.",
        "parameters": [
          {
            "name": "stage",
            "in": "query",
            "description": "At which point to look.",
            "schema": {
              "type": "string",
              "enum": [
                "received",
                "done",
                "failed"
              ],
              "default": "received",
              "x-words": "TapRecord.Stage"
            }
          },
          {
            "name": "where",
            "in": "query",
            "description": "Only messages with this text, of 1 to 256 bytes, in their data, type or event id.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 256
            },
            "x-swift-name": "text"
          }
        ],
        "responses": {
          "200": {
            "description": "An event stream (WHATWG HTML, section 9.2) that does not end by itself. The data of each event is one line of JSON, of the schema that `x-events` names for its type; comments in between keep it alive.",
            "content": {
              "text/event-stream": {
                "schema": {
                  "description": "The stream is a text; a reader that takes it apart has objects like this, one an event.",
                  "type": [
                    "string",
                    "object"
                  ],
                  "properties": {
                    "event": {
                      "enum": [
                        "message",
                        "skipped"
                      ]
                    },
                    "data": {
                      "description": "A line of JSON.",
                      "type": "string",
                      "contentMediaType": "application/json"
                    }
                  },
                  "required": [
                    "event",
                    "data"
                  ]
                },
                "x-events": {
                  "message": {
                    "$ref": "#/components/schemas/TapRecord"
                  },
                  "skipped": {
                    "$ref": "#/components/schemas/TapSkipped"
                  }
                },
                "examples": {
                  "events": {
                    "value": "event: message\ndata: {\"sequence\":17,…}\n\nevent: skipped\ndata: {\"skipped\":12}\n\n"
                  }
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/dead-letters": {
      "get": {
        "operationId": "deadLetters",
        "x-swift-name": "DeadLettersRequest",
        "tags": [
          "questions"
        ],
        "summary": "A page of dead letters.",
        "parameters": [
          {
            "name": "stream",
            "in": "query",
            "description": "Only those of this stream.",
            "schema": {
              "type": "string"
            }
          },
          {
            "name": "where",
            "in": "query",
            "description": "Only those with this text, of 1 to 256 bytes, in their data, reason, type or event id.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 256
            },
            "x-swift-name": "text"
          },
          {
            "name": "after",
            "in": "query",
            "description": "Only those with a greater number.",
            "schema": {
              "type": "integer",
              "format": "int64",
              "minimum": 0,
              "maximum": 9223372036854775807,
              "x-swift-type": "Int64"
            }
          },
          {
            "name": "limit",
            "in": "query",
            "description": "At most so many, the oldest ones.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 1000,
              "default": 100
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of dead letters.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DeadLetters"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/dead-letters/{id}": {
      "get": {
        "operationId": "deadLetter",
        "x-swift-name": "DeadLetterRequest",
        "tags": [
          "questions"
        ],
        "summary": "One dead letter with its data.",
        "parameters": [
          {
            "name": "id",
            "in": "path",
            "description": "Its number in the state directory.",
            "schema": {
              "type": "integer",
              "format": "int64",
              "minimum": 1,
              "maximum": 9223372036854775807,
              "x-swift-type": "Int64"
            },
            "required": true,
            "x-swift-noun": "dead letter"
          }
        ],
        "responses": {
          "200": {
            "description": "One dead letter with its data.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DeadLetterDetail"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/dead-letters/replay": {
      "post": {
        "operationId": "replayDeadLetters",
        "x-swift-method": "replay",
        "tags": [
          "commands"
        ],
        "summary": "Admits dead letters anew.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ReplayRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DeadLetterResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        },
        "description": "A replay that takes longer than 2 s is answered with how far it has come and with `goes_on`, and goes on."
      }
    },
    "/v1/dead-letters/replays/{id}": {
      "get": {
        "operationId": "replayProgress",
        "x-swift-method": "progress",
        "x-swift-name": "ReplayProgressRequest",
        "tags": [
          "questions"
        ],
        "summary": "How far a replay has come that went on after its answer.",
        "parameters": [
          {
            "name": "id",
            "in": "path",
            "description": "Its number in this life of the daemon.",
            "schema": {
              "type": "integer",
              "format": "int64",
              "minimum": 1,
              "maximum": 9223372036854775807,
              "x-swift-type": "UInt64"
            },
            "required": true,
            "x-swift-noun": "replay"
          }
        ],
        "responses": {
          "200": {
            "description": "How far it is; when it is over, its whole answer.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DeadLetterResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/dead-letters/purge": {
      "post": {
        "operationId": "purgeDeadLetters",
        "x-swift-method": "purge",
        "tags": [
          "commands"
        ],
        "summary": "Deletes dead letters for good.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/PurgeRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DeadLetterResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/configuration": {
      "get": {
        "operationId": "configuration",
        "x-swift-name": "RunningConfigurationRequest",
        "tags": [
          "questions"
        ],
        "summary": "What the daemon lives by, without secrets.",
        "responses": {
          "200": {
            "description": "What the daemon lives by, without secrets.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RunningConfiguration"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/log-level": {
      "get": {
        "operationId": "logLevel",
        "x-swift-route": "currentLogLevel",
        "x-swift-name": "CurrentLogLevelRequest",
        "tags": [
          "questions"
        ],
        "summary": "How much is logged.",
        "responses": {
          "200": {
            "description": "How much is logged.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/LogLevelResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      },
      "post": {
        "operationId": "setLogLevel",
        "x-swift-route": "logLevel",
        "tags": [
          "commands"
        ],
        "summary": "Sets how much is logged.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/LogLevelRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/LogLevelResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/metrics": {
      "get": {
        "operationId": "metrics",
        "tags": [
          "questions"
        ],
        "summary": "The measures, in Prometheus's text format.",
        "responses": {
          "200": {
            "description": "Prometheus's text format, version 0.0.4.",
            "content": {
              "text/plain; version=0.0.4; charset=utf-8": {
                "schema": {
                  "type": "string"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/openapi.json": {
      "get": {
        "operationId": "openAPI",
        "tags": [
          "questions"
        ],
        "summary": "The description of this API.",
        "responses": {
          "200": {
            "description": "OpenAPI 3.1.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": [
                    "openapi",
                    "info",
                    "paths"
                  ]
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/scale": {
      "post": {
        "operationId": "scale",
        "tags": [
          "commands"
        ],
        "summary": "Pins the number of direct supervisors, or hands it back to the autoscaler.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ScaleRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ScaleResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/crash": {
      "post": {
        "operationId": "injectCrash",
        "x-swift-route": "crash",
        "x-swift-method": "crash",
        "tags": [
          "commands"
        ],
        "summary": "Crashes one part of the tree on purpose, or sends the process of a worker a signal, where `[control] fault_injection` allows it.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/CrashRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/CrashResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/pause": {
      "post": {
        "operationId": "pause",
        "tags": [
          "commands"
        ],
        "summary": "Stops reading from one stream or from all.",
        "requestBody": {
          "required": false,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/PauseRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PauseResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/resume": {
      "post": {
        "operationId": "resume",
        "tags": [
          "commands"
        ],
        "summary": "Reads again from one stream or from all.",
        "requestBody": {
          "required": false,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ResumeRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/PauseResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/drain": {
      "post": {
        "operationId": "drain",
        "tags": [
          "commands"
        ],
        "summary": "Stops reading and finishes what is held.",
        "requestBody": {
          "required": false,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/DrainRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/DrainResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    },
    "/v1/reload": {
      "post": {
        "operationId": "reload",
        "tags": [
          "commands"
        ],
        "summary": "Applies a changed configuration.",
        "requestBody": {
          "required": false,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ReloadRequest"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What it brought about.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ReloadResponse"
                }
              }
            }
          },
          "400": {
            "$ref": "#/components/responses/BadRequest"
          },
          "403": {
            "$ref": "#/components/responses/Denied"
          },
          "404": {
            "$ref": "#/components/responses/NotFound"
          },
          "409": {
            "$ref": "#/components/responses/Precondition"
          },
          "413": {
            "$ref": "#/components/responses/TooLarge"
          },
          "429": {
            "$ref": "#/components/responses/RateLimited"
          },
          "500": {
            "$ref": "#/components/responses/Internal"
          },
          "503": {
            "$ref": "#/components/responses/Unavailable"
          },
          "504": {
            "$ref": "#/components/responses/TimedOut"
          }
        }
      }
    }
  },
  "components": {
    "schemas": {
      "RunningConfiguration": {
        "type": "object",
        "description": "What the daemon lives by: each option with its value. There are no secrets in it: of headers only their number is shown, and of a URL no user information and no value of its query.",
        "required": [
          "settings"
        ],
        "properties": {
          "settings": {
            "type": "array",
            "description": "The streams' options first, in the order of the configuration, then the others in that of ptrd.toml(5).",
            "items": {
              "$ref": "#/components/schemas/Setting"
            }
          }
        }
      },
      "Setting": {
        "type": "object",
        "x-swift-name": "RunningConfiguration.Setting",
        "description": "One option of the configuration.",
        "required": [
          "key",
          "value",
          "is_default"
        ],
        "properties": {
          "key": {
            "type": "string",
            "description": "Its full key, such as `flow.max_in_flight`."
          },
          "value": {
            "type": [
              "string",
              "null"
            ],
            "description": "Its value as a file would have it; `null` where it has none, or where that is nobody's business."
          },
          "is_default": {
            "type": "boolean",
            "description": "Whether that is the built-in default."
          }
        }
      },
      "Problem": {
        "type": "object",
        "description": "Something that is wrong at the moment, and that the daemon cannot mend alone. The daemon is `degraded` exactly when there is at least one.",
        "required": [
          "kind",
          "subject",
          "since",
          "text"
        ],
        "properties": {
          "kind": {
            "type": "string",
            "description": "What sort of problem it is.",
            "examples": [
              "stream_down",
              "all_streams_down",
              "stream_refused",
              "stream_failed",
              "breaker_open",
              "handler_unavailable",
              "workers_cannot_start",
              "state_unwritable",
              "output_blocked",
              "format_finds_nothing",
              "workers_hang",
              "listener_broken",
              "watchdog_late",
              "books_wrong",
              "holder_unknown"
            ],
            "x-words": "Problem.Kind"
          },
          "subject": {
            "type": "string",
            "description": "What has it: the name of a stream, a path, a part of the daemon."
          },
          "since": {
            "type": "string",
            "format": "date-time",
            "description": "Since when, in UTC to the microsecond."
          },
          "text": {
            "type": "string",
            "description": "What is wrong, and what comes next, in words for people."
          }
        }
      },
      "Status": {
        "type": "object",
        "description": "One consistent snapshot of the daemon. In every one, `messages.received = in_flight + processed + killed + dead_lettered`. Keys are only ever added; a client passes over those it does not know.",
        "required": [
          "state",
          "version",
          "pid",
          "uptime_seconds",
          "streams",
          "messages",
          "workers",
          "direct_supervisors",
          "scaling",
          "latency_ms"
        ],
        "properties": {
          "state": {
            "type": "string",
            "description": "What the daemon as a whole does.",
            "examples": [
              "running",
              "paused",
              "draining",
              "degraded"
            ],
            "x-words": "Status.State"
          },
          "problems": {
            "type": "array",
            "description": "What is wrong, the worst first: not empty exactly when the state is `degraded`, or would be if it were not draining. An older daemon does not say.",
            "items": {
              "$ref": "#/components/schemas/Problem"
            }
          },
          "degraded_because": {
            "type": [
              "string",
              "null"
            ],
            "description": "The texts of `problems` in one sentence."
          },
          "needs_restart": {
            "type": "array",
            "description": "Keys of the configuration that a reload has found changed and that take effect at the next start only.",
            "items": {
              "type": "string"
            }
          },
          "version": {
            "type": "string",
            "description": "The daemon's version.",
            "x-swift-default": "Version.current"
          },
          "pid": {
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "description": "The daemon's process id.",
            "x-swift-type": "Int32"
          },
          "uptime_seconds": {
            "type": "number",
            "description": "Seconds since the daemon started, to the millisecond.",
            "minimum": 0,
            "x-swift-decimals": 3
          },
          "streams": {
            "type": "array",
            "description": "The configured streams, in the order of the configuration.",
            "items": {
              "$ref": "#/components/schemas/Stream"
            }
          },
          "messages": {
            "description": "How many messages there were, and what became of them.",
            "$ref": "#/components/schemas/Messages"
          },
          "workers": {
            "description": "How many workers there are, and how many of them are busy.",
            "$ref": "#/components/schemas/WorkerCounts"
          },
          "direct_supervisors": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many direct supervisors live."
          },
          "scaling": {
            "description": "What the autoscaler aims at, and why.",
            "$ref": "#/components/schemas/Scaling"
          },
          "latency_ms": {
            "description": "From a message's admission until it was settled, in milliseconds.",
            "$ref": "#/components/schemas/Latency",
            "x-swift-name": "latency"
          },
          "storage": {
            "description": "What is stored, and what waits to be; left out by a daemon that stores nothing, or is older.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/Storage"
              },
              {
                "type": "null"
              }
            ]
          }
        }
      },
      "Stream": {
        "type": "object",
        "x-swift-name": "Status.Stream",
        "description": "One configured stream.",
        "required": [
          "name",
          "url",
          "state",
          "events",
          "bytes",
          "reconnects",
          "last_event_id",
          "error",
          "possible_gaps",
          "skipped"
        ],
        "properties": {
          "name": {
            "type": "string",
            "description": "The name in the configuration."
          },
          "url": {
            "type": "string",
            "description": "Where it is read from, without credentials."
          },
          "state": {
            "type": "string",
            "description": "What it does at the moment.",
            "examples": [
              "connecting",
              "open",
              "waiting",
              "paused",
              "failed",
              "finished",
              "standby"
            ],
            "x-words": "Status.Stream.State"
          },
          "events": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Events received since the daemon started.",
            "x-swift-type": "UInt64",
            "x-swift-default": "0"
          },
          "bytes": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Bytes of body received since the daemon started; of what came compressed, what it was decoded to.",
            "x-swift-type": "UInt64",
            "x-swift-default": "0"
          },
          "reconnects": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How often the connection was made anew.",
            "x-swift-type": "UInt64",
            "x-swift-default": "0"
          },
          "last_event_id": {
            "type": "string",
            "description": "The last event id that was admitted; empty if the server sends none.",
            "x-swift-default": "\"\""
          },
          "error": {
            "type": [
              "string",
              "null"
            ],
            "description": "What went wrong last, while it is still wrong; `null` otherwise.",
            "x-swift-default": "nil"
          },
          "possible_gaps": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How often something may have been missed: reconnects on a feed that gives no usable ids.",
            "x-swift-type": "UInt64",
            "x-swift-default": "0"
          },
          "skipped": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Events that were larger than allowed and left out.",
            "x-swift-type": "UInt64",
            "x-swift-default": "0"
          },
          "paused_for_seconds": {
            "type": [
              "number",
              "null"
            ],
            "description": "For how many more seconds it is paused, if that has an end."
          },
          "since": {
            "type": [
              "string",
              "null"
            ],
            "description": "When it was opened, or when it went down, in UTC. An older daemon says nothing of this and what follows.",
            "examples": [
              "2026-01-31T09:30:00.123456Z"
            ]
          },
          "down_for_seconds": {
            "type": [
              "number",
              "null"
            ],
            "description": "For how long it has been down; left out while it is open.",
            "x-swift-decimals": 3
          },
          "attempts": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "How often it was tried to open it since it went down; 0 while it is open."
          },
          "next_attempt_in_seconds": {
            "type": [
              "number",
              "null"
            ],
            "description": "In how many seconds it is tried again; left out while it is open or being tried, and where it has ended for good.",
            "x-swift-decimals": 3
          },
          "position": {
            "type": [
              "string",
              "null"
            ],
            "description": "The beginning, at most 512 bytes, of the event id that it would go on after if it had to begin anew; left out while there is none."
          },
          "repeated": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Events that the server sent again over a new connection, which were recognised and left out.",
            "x-swift-type": "UInt64"
          },
          "refused_positions": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "How often the server would not go on after the id it was asked with.",
            "x-swift-type": "UInt64"
          },
          "filtered": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Events that the stream's filter did not let pass.",
            "x-swift-type": "UInt64"
          },
          "compressed_bytes": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Bytes that came for what was compressed, beside `bytes`; left out while nothing was.",
            "x-swift-type": "UInt64"
          },
          "broker": {
            "description": "What the broker of a source said last; left out of what has none.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/BrokerShare"
              },
              {
                "type": "null"
              }
            ]
          },
          "lease": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/StreamHolder"
              },
              {
                "type": "null"
              }
            ],
            "description": "Who holds it, where several daemons share it."
          }
        }
      },
      "BrokerShare": {
        "type": "object",
        "description": "What a broker holds of what a source takes, and what of it is here.",
        "required": [
          "consumer",
          "pending",
          "ack_pending",
          "held",
          "redelivered"
        ],
        "properties": {
          "consumer": {
            "type": "string",
            "description": "Its stream and consumer."
          },
          "pending": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Messages that were delivered to nobody yet.",
            "x-swift-type": "UInt64"
          },
          "ack_pending": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Messages that were delivered, to any machine, and are not acknowledged.",
            "x-swift-type": "UInt64"
          },
          "oldest_seconds": {
            "type": [
              "number",
              "null"
            ],
            "description": "How old the oldest stored message is; left out where there is none.",
            "x-swift-decimals": 3
          },
          "held": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Messages that this ptrd was delivered and has not acknowledged.",
            "x-swift-type": "UInt64"
          },
          "redelivered": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Deliveries to this ptrd that were not the first of their message.",
            "x-swift-type": "UInt64"
          }
        }
      },
      "SourceCheck": {
        "type": "object",
        "description": "What a broker was found to have for a source.",
        "required": [
          "source",
          "faults",
          "mends"
        ],
        "properties": {
          "source": {
            "type": "string",
            "description": "The source."
          },
          "outage": {
            "type": [
              "string",
              "null"
            ],
            "description": "Why the broker could not be asked; left out when it answered."
          },
          "faults": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "What is wrong with stream and consumer: the setting, what it is, what it has to be, and why. Empty: nothing."
          },
          "mends": {
            "type": "array",
            "items": {
              "type": "string"
            },
            "description": "What makes it right: commands of the tool `nats`, and the same with JSON for any client."
          },
          "broker": {
            "description": "What the broker holds; left out where stream or consumer is not there.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/BrokerShare"
              },
              {
                "type": "null"
              }
            ]
          }
        }
      },
      "StreamHolder": {
        "type": "object",
        "description": "Who holds a stream that several daemons share.",
        "required": [
          "role",
          "holder",
          "epoch"
        ],
        "properties": {
          "role": {
            "type": "string",
            "description": "What this daemon is to it.",
            "examples": [
              "holder",
              "standby",
              "doubtful"
            ],
            "x-words": "StreamHolder.Role"
          },
          "holder": {
            "type": [
              "string",
              "null"
            ],
            "description": "The node that holds it, as far as this one knows; `null`: none."
          },
          "epoch": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How often it was taken by one node or another.",
            "x-swift-type": "UInt64"
          }
        }
      },
      "Whole": {
        "type": "object",
        "description": "What all ptrds of a broker say of themselves.",
        "required": [
          "asked",
          "nodes",
          "silent",
          "left_out"
        ],
        "properties": {
          "asked": {
            "type": "string",
            "description": "The node that was asked, and has asked the others."
          },
          "nodes": {
            "type": "array",
            "description": "Those that answer, by name.",
            "items": {
              "$ref": "#/components/schemas/NodeAnswer"
            }
          },
          "silent": {
            "type": "array",
            "description": "Those that have answered before, or hold a stream, and did not answer now.",
            "items": {
              "$ref": "#/components/schemas/SilentNode"
            }
          },
          "left_out": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Answers that are left out: beyond what is taken, or no answers of a ptrd."
          },
          "trouble": {
            "type": [
              "string",
              "null"
            ],
            "description": "Why nobody else could be asked; left out when they could."
          }
        }
      },
      "NodeAnswer": {
        "type": "object",
        "description": "What one ptrd says of itself.",
        "required": [
          "node",
          "id",
          "version",
          "status",
          "streams",
          "open_streams",
          "is_cut"
        ],
        "properties": {
          "node": {
            "type": "string",
            "description": "The name of the node: `[cluster] node`, else the host's and a number of the state directory."
          },
          "id": {
            "type": "string",
            "description": "What it is asked by alone, as the last part of `$SRV.STATS.ptrd.ID`."
          },
          "version": {
            "type": "string",
            "description": "Its version."
          },
          "status": {
            "description": "Its status, with the problems and streams that there was room for: of `status` only streams that are not read as they should be.",
            "$ref": "#/components/schemas/Status"
          },
          "streams": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many streams it has."
          },
          "open_streams": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many of them are as they should be: open, standing by or finished."
          },
          "workers": {
            "type": "array",
            "description": "Its workers; left out where they were not asked for.",
            "items": {
              "$ref": "#/components/schemas/Worker"
            }
          },
          "is_cut": {
            "type": "boolean",
            "description": "Whether something was left out for want of room."
          }
        }
      },
      "SilentNode": {
        "type": "object",
        "description": "A ptrd that does not answer.",
        "required": [
          "node",
          "holds"
        ],
        "properties": {
          "node": {
            "type": "string",
            "description": "Its name."
          },
          "last_heard_seconds": {
            "type": [
              "number",
              "null"
            ],
            "minimum": 0,
            "x-swift-decimals": 3,
            "description": "How long ago it has answered last; left out where it never has."
          },
          "holds": {
            "type": "array",
            "description": "The streams that it holds, as far as the one that was asked knows.",
            "items": {
              "type": "string"
            }
          }
        }
      },
      "Messages": {
        "type": "object",
        "x-swift-name": "Status.Messages",
        "description": "The messages of all streams since the daemon started, each in exactly one bin.",
        "required": [
          "received",
          "in_flight",
          "processed",
          "killed",
          "dead_lettered",
          "retried",
          "rate_per_second"
        ],
        "properties": {
          "received": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "All that were admitted: the sum of the bins.",
            "x-swift-type": "UInt64"
          },
          "in_flight": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Admitted and not yet settled."
          },
          "processed": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Handled to the end.",
            "x-swift-type": "UInt64"
          },
          "killed": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Kill messages that stopped their worker, as they are meant to.",
            "x-swift-type": "UInt64"
          },
          "dead_lettered": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Given up after `max_attempts`.",
            "x-swift-type": "UInt64"
          },
          "retried": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How often a message was tried again.",
            "x-swift-type": "UInt64"
          },
          "rate_per_second": {
            "type": "number",
            "description": "Messages settled per second of late, to a tenth.",
            "minimum": 0,
            "x-swift-decimals": 1
          },
          "delayed": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Those in flight that wait out their backoff."
          },
          "late_outcomes": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Answers of replaced or abandoned workers, which were ignored.",
            "x-swift-type": "UInt64"
          },
          "in_flight_bytes": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "What the messages in flight hold, in bytes."
          },
          "filtered": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Those of the processed ones that a filter did not let pass: no worker had them.",
            "x-swift-type": "UInt64"
          }
        }
      },
      "WorkerCounts": {
        "type": "object",
        "x-swift-name": "Status.Workers",
        "description": "The workers of all direct supervisors.",
        "required": [
          "total",
          "busy",
          "restarts"
        ],
        "properties": {
          "total": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Those that live."
          },
          "busy": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Those with a message in hand."
          },
          "backing_off": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Those that could not be started the last time, and are tried again."
          },
          "starting": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Those that are started for the first time."
          },
          "stopping": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Those that are ended, and have nothing in hand any more."
          },
          "restarts": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How often a worker was replaced since the daemon started.",
            "x-swift-type": "UInt64"
          },
          "abandoned": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Hung workers that were replaced but whose code still runs."
          }
        }
      },
      "Scaling": {
        "type": "object",
        "x-swift-name": "Status.Scaling",
        "description": "What the autoscaler aims at, and why.",
        "required": [
          "mode",
          "target",
          "min",
          "max",
          "reason"
        ],
        "properties": {
          "mode": {
            "type": "string",
            "description": "Who decides the number of direct supervisors.",
            "examples": [
              "auto",
              "manual"
            ],
            "x-words": "Status.Scaling.Mode"
          },
          "target": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The number of direct supervisors aimed at."
          },
          "min": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The least number the configuration allows."
          },
          "max": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The greatest number the configuration allows."
          },
          "reason": {
            "type": "string",
            "description": "The last decision in words."
          },
          "pinned": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "The number an operator has pinned, if one has."
          }
        }
      },
      "Latency": {
        "type": "object",
        "x-swift-name": "Status.Latency",
        "description": "Percentiles in milliseconds, to the microsecond; all 0 before the first message is settled.",
        "required": [
          "p50",
          "p75",
          "p90",
          "p95",
          "p99",
          "max"
        ],
        "properties": {
          "p50": {
            "type": "number",
            "description": "The median.",
            "minimum": 0,
            "x-swift-default": "0",
            "x-swift-decimals": 3
          },
          "p75": {
            "type": "number",
            "description": "Three quarters took no longer.",
            "minimum": 0,
            "x-swift-default": "0",
            "x-swift-decimals": 3
          },
          "p90": {
            "type": "number",
            "description": "90 % took no longer.",
            "minimum": 0,
            "x-swift-default": "0",
            "x-swift-decimals": 3
          },
          "p95": {
            "type": "number",
            "description": "95 % took no longer.",
            "minimum": 0,
            "x-swift-default": "0",
            "x-swift-decimals": 3
          },
          "p99": {
            "type": "number",
            "description": "99 % took no longer.",
            "minimum": 0,
            "x-swift-default": "0",
            "x-swift-decimals": 3
          },
          "max": {
            "type": "number",
            "description": "The longest.",
            "minimum": 0,
            "x-swift-default": "0",
            "x-swift-decimals": 3
          }
        }
      },
      "Storage": {
        "type": "object",
        "x-swift-name": "Status.Storage",
        "description": "The dead letters in the store, and how writing to it goes.",
        "required": [
          "stored_dead_letters",
          "waiting_dead_letters",
          "dropped_dead_letters",
          "evicted_dead_letters",
          "replaying",
          "last_write_error"
        ],
        "properties": {
          "stored_dead_letters": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Dead letters in the store."
          },
          "waiting_dead_letters": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Those that wait to be stored."
          },
          "dropped_dead_letters": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Those that were lost because they could neither be stored nor kept, in all lives of the daemon."
          },
          "evicted_dead_letters": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Those that had to go for later ones, since the daemon started."
          },
          "replaying": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Stored ones that are being replayed."
          },
          "last_write_error": {
            "type": [
              "string",
              "null"
            ],
            "description": "Why the last write failed, while checkpoints stand still for it; `null` otherwise."
          }
        }
      },
      "Tree": {
        "type": "object",
        "description": "The live supervision tree.",
        "required": [
          "uptime_seconds",
          "root"
        ],
        "properties": {
          "uptime_seconds": {
            "type": "number",
            "description": "When the picture was taken: seconds since the daemon started.",
            "minimum": 0
          },
          "root": {
            "description": "`application_supervisor`, with all that lives under it.",
            "$ref": "#/components/schemas/TreeNode"
          }
        }
      },
      "TreeNode": {
        "type": "object",
        "description": "One child of the tree: a supervisor or a worker in the sense of OTP.",
        "required": [
          "id",
          "kind",
          "state",
          "incarnation",
          "restarts",
          "children"
        ],
        "properties": {
          "id": {
            "type": "string",
            "description": "Its name.",
            "examples": [
              "direct_supervisor.2",
              "worker.2.1"
            ]
          },
          "kind": {
            "type": "string",
            "description": "Whether it works or supervises.",
            "examples": [
              "worker",
              "supervisor"
            ],
            "x-words": "TreeNode.Kind"
          },
          "state": {
            "type": "string",
            "description": "What it does at the moment.",
            "examples": [
              "running",
              "idle",
              "busy",
              "draining",
              "backing_off",
              "starting",
              "stopping",
              "restarting",
              "stopped"
            ],
            "x-words": "TreeNode.State"
          },
          "incarnation": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Stands for a process id: new at every restart; 0 if it never ran.",
            "x-swift-type": "UInt64"
          },
          "restarts": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How often it was started again since its supervisor started."
          },
          "strategy": {
            "type": [
              "string",
              "null"
            ],
            "description": "A supervisor's strategy.",
            "examples": [
              "one_for_one"
            ]
          },
          "budget": {
            "description": "How many more restarts a supervisor bears.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/RestartBudget"
              },
              {
                "type": "null"
              }
            ]
          },
          "holds": {
            "description": "The message that a worker has in hand; of several the oldest.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/HeldMessage"
              },
              {
                "type": "null"
              }
            ]
          },
          "in_hand": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "How many messages that are, where there is one."
          },
          "pid": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 1,
            "description": "The process id of a worker that is a process."
          },
          "resident_bytes": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "What that process holds in memory."
          },
          "cpu_seconds": {
            "type": [
              "number",
              "null"
            ],
            "minimum": 0,
            "description": "The processor time that it has used.",
            "x-swift-decimals": 3
          },
          "age_seconds": {
            "type": [
              "number",
              "null"
            ],
            "minimum": 0,
            "description": "How long ago a worker's body was started.",
            "x-swift-decimals": 3
          },
          "note": {
            "type": [
              "string",
              "null"
            ],
            "description": "What else there is to know, such as why a stream waits."
          },
          "children": {
            "type": "array",
            "description": "What it supervises, in the order of the start; empty for a worker.",
            "items": {
              "$ref": "#/components/schemas/TreeNode"
            },
            "x-swift-default": "[]"
          }
        }
      },
      "RestartBudget": {
        "type": "object",
        "description": "A supervisor's restart intensity, and what is left of it.",
        "required": [
          "restarts",
          "within_seconds",
          "left"
        ],
        "properties": {
          "restarts": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many restarts are borne within the period."
          },
          "within_seconds": {
            "type": "number",
            "description": "The period, in seconds.",
            "minimum": 0
          },
          "left": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many of them are left at this moment."
          }
        }
      },
      "HeldMessage": {
        "type": "object",
        "description": "A message in the hands of a worker.",
        "required": [
          "sequence",
          "stream",
          "event_id",
          "attempt",
          "held_for_milliseconds"
        ],
        "properties": {
          "sequence": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Its number in this life of the daemon.",
            "x-swift-type": "UInt64"
          },
          "stream": {
            "type": "string",
            "description": "The stream it came from."
          },
          "event_id": {
            "type": "string",
            "description": "Its event id; empty if the server sends none."
          },
          "attempt": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Which attempt this is, from 1."
          },
          "held_for_milliseconds": {
            "type": "number",
            "description": "How long the worker has had it.",
            "minimum": 0
          }
        }
      },
      "Streams": {
        "type": "object",
        "description": "All streams.",
        "required": [
          "streams"
        ],
        "properties": {
          "streams": {
            "type": "array",
            "description": "In the order of the configuration.",
            "items": {
              "$ref": "#/components/schemas/Stream"
            }
          }
        }
      },
      "Workers": {
        "type": "object",
        "description": "All workers.",
        "required": [
          "workers"
        ],
        "properties": {
          "workers": {
            "type": "array",
            "description": "By direct supervisor and number.",
            "items": {
              "$ref": "#/components/schemas/Worker"
            }
          }
        }
      },
      "Worker": {
        "type": "object",
        "description": "One worker.",
        "required": [
          "id",
          "supervisor",
          "state",
          "incarnation",
          "restarts",
          "handled"
        ],
        "properties": {
          "id": {
            "type": "string",
            "description": "Its name, `worker.N.M`.",
            "examples": [
              "worker.1.2"
            ]
          },
          "supervisor": {
            "type": "string",
            "description": "Its direct supervisor."
          },
          "state": {
            "type": "string",
            "description": "What it does at the moment.",
            "examples": [
              "running",
              "idle",
              "busy",
              "draining",
              "backing_off",
              "starting",
              "stopping",
              "restarting",
              "stopped"
            ],
            "x-words": "TreeNode.State"
          },
          "incarnation": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Its incarnation: new at every restart.",
            "x-swift-type": "UInt64"
          },
          "restarts": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How often it was replaced since its direct supervisor started."
          },
          "handled": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many messages this incarnation has ended with, whatever the outcome.",
            "x-swift-type": "UInt64"
          },
          "holds": {
            "description": "The message in its hands; of several the oldest.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/HeldMessage"
              },
              {
                "type": "null"
              }
            ]
          },
          "in_hand": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "How many messages are in its hands; an older daemon does not say."
          },
          "pid": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 1,
            "description": "The process id of a worker that is a process."
          },
          "resident_bytes": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "What that process holds in memory."
          },
          "cpu_seconds": {
            "type": [
              "number",
              "null"
            ],
            "minimum": 0,
            "description": "The processor time that it has used.",
            "x-swift-decimals": 3
          },
          "age_seconds": {
            "type": [
              "number",
              "null"
            ],
            "minimum": 0,
            "description": "How long ago a worker's body was started.",
            "x-swift-decimals": 3
          }
        }
      },
      "Top": {
        "type": "object",
        "description": "What `ptrctl top` shows.",
        "required": [
          "status",
          "supervisors",
          "slowest",
          "history"
        ],
        "properties": {
          "status": {
            "description": "The whole status, of the same moment.",
            "$ref": "#/components/schemas/Status"
          },
          "supervisors": {
            "type": "array",
            "description": "The direct supervisors, by number.",
            "items": {
              "$ref": "#/components/schemas/SupervisorLoad"
            }
          },
          "slowest": {
            "type": "array",
            "description": "The messages that have been with a worker for longest, the longest first; at most 20.",
            "items": {
              "$ref": "#/components/schemas/HeldBy"
            }
          },
          "history": {
            "description": "The last minutes.",
            "$ref": "#/components/schemas/History"
          },
          "workers": {
            "type": [
              "array",
              "null"
            ],
            "description": "The workers, by direct supervisor and number, where they are processes; left out otherwise.",
            "items": {
              "$ref": "#/components/schemas/Worker"
            }
          }
        }
      },
      "SupervisorLoad": {
        "type": "object",
        "description": "The load of one direct supervisor.",
        "required": [
          "id",
          "incarnation",
          "state",
          "workers",
          "busy",
          "restarts",
          "handled"
        ],
        "properties": {
          "id": {
            "type": "string",
            "description": "Its name."
          },
          "incarnation": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Its incarnation: new at every restart.",
            "x-swift-type": "UInt64"
          },
          "state": {
            "type": "string",
            "description": "What it does at the moment.",
            "examples": [
              "running",
              "idle",
              "busy",
              "draining",
              "backing_off",
              "starting",
              "stopping",
              "restarting",
              "stopped"
            ],
            "x-words": "TreeNode.State"
          },
          "workers": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Its living workers."
          },
          "busy": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Those with a message in hand."
          },
          "restarts": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How often its workers were replaced since it started."
          },
          "handled": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many messages its workers have ended with since it started.",
            "x-swift-type": "UInt64"
          }
        }
      },
      "HeldBy": {
        "type": "object",
        "description": "A message, and the worker that has it.",
        "required": [
          "worker",
          "message"
        ],
        "properties": {
          "worker": {
            "type": "string",
            "description": "The worker's name."
          },
          "message": {
            "description": "The message.",
            "$ref": "#/components/schemas/HeldMessage"
          }
        }
      },
      "History": {
        "type": "object",
        "description": "Measures of the last minutes, one for each interval, the oldest first.",
        "required": [
          "interval_seconds",
          "in_flight",
          "rate_per_second",
          "direct_supervisors"
        ],
        "properties": {
          "interval_seconds": {
            "type": "number",
            "description": "The time between two of them.",
            "exclusiveMinimum": 0
          },
          "in_flight": {
            "type": "array",
            "description": "Messages in flight.",
            "items": {
              "type": "integer",
              "minimum": 0
            }
          },
          "rate_per_second": {
            "type": "array",
            "description": "Messages settled a second.",
            "items": {
              "type": "number",
              "minimum": 0
            }
          },
          "direct_supervisors": {
            "type": "array",
            "description": "Living direct supervisors.",
            "items": {
              "type": "integer",
              "minimum": 0
            }
          }
        }
      },
      "Events": {
        "type": "object",
        "description": "What happened of late, the oldest first.",
        "required": [
          "events",
          "next",
          "missed"
        ],
        "properties": {
          "events": {
            "type": "array",
            "description": "Those that were asked for and are still kept.",
            "items": {
              "$ref": "#/components/schemas/Event"
            }
          },
          "next": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Where to go on: the number after the last one there is.",
            "x-swift-type": "UInt64"
          },
          "missed": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many were asked for and are no longer kept.",
            "x-swift-type": "UInt64"
          }
        }
      },
      "Event": {
        "type": "object",
        "description": "Something that happened.",
        "required": [
          "id",
          "time",
          "kind",
          "level",
          "message",
          "fields"
        ],
        "properties": {
          "id": {
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "description": "Its number in this life of the daemon, from 1.",
            "x-swift-type": "UInt64"
          },
          "time": {
            "type": "string",
            "description": "When, in UTC.",
            "examples": [
              "2026-01-31T09:30:00.123456Z"
            ]
          },
          "kind": {
            "type": "string",
            "description": "What it is about.",
            "examples": [
              "crash",
              "scale",
              "stream",
              "supervision",
              "message",
              "breaker",
              "handler",
              "worker",
              "state",
              "control",
              "daemon"
            ],
            "x-words": "Event.Kind"
          },
          "level": {
            "type": "string",
            "description": "How grave it is; the words of the log.",
            "examples": [
              "debug",
              "info",
              "notice",
              "warning",
              "error"
            ],
            "x-words": "Event.Level"
          },
          "message": {
            "type": "string",
            "description": "The form for people."
          },
          "fields": {
            "type": "object",
            "description": "The form for machines: what it happened to, and the particulars.",
            "additionalProperties": {
              "type": "string"
            }
          }
        }
      },
      "Decisions": {
        "type": "object",
        "description": "The last decisions of the autoscaler, the oldest first.",
        "required": [
          "mode",
          "target",
          "decisions"
        ],
        "properties": {
          "mode": {
            "type": "string",
            "description": "Who decides the number of direct supervisors.",
            "examples": [
              "auto",
              "manual"
            ],
            "x-words": "Status.Scaling.Mode"
          },
          "target": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The number of direct supervisors aimed at."
          },
          "automatic": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "What the autoscaler would aim at, while a number is pinned."
          },
          "decisions": {
            "type": "array",
            "description": "One for each tick, where the same answer for the same reason stands once.",
            "items": {
              "$ref": "#/components/schemas/Decision"
            }
          }
        }
      },
      "Decision": {
        "type": "object",
        "description": "What the autoscaler decided at one tick, and why.",
        "required": [
          "time",
          "repeated",
          "from",
          "to",
          "raw",
          "reason",
          "mean",
          "in_flight",
          "text"
        ],
        "properties": {
          "time": {
            "type": "string",
            "description": "When, in UTC; of several alike the last.",
            "examples": [
              "2026-01-31T09:30:00.123456Z"
            ]
          },
          "repeated": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many ticks in a row came to the same answer."
          },
          "from": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Direct supervisors before."
          },
          "to": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Direct supervisors after."
          },
          "raw": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many the load alone asked for."
          },
          "reason": {
            "type": "string",
            "description": "Why.",
            "examples": [
              "scaledUp",
              "scaledDown",
              "withinTolerance",
              "limitedByMin",
              "limitedByMax",
              "limitedByRate",
              "heldByWindow",
              "coolingDown",
              "pinned",
              "draining",
              "breakerOpen",
              "outputBlocked",
              "handlerUnavailable",
              "workersCannotStart"
            ]
          },
          "mean": {
            "type": "number",
            "description": "R: the mean load of the fast window: the in-flight count, or the hands that it makes where a worker takes several at once.",
            "minimum": 0
          },
          "in_flight": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "L: the in-flight count at the tick."
          },
          "held_for_seconds": {
            "type": [
              "number",
              "null"
            ],
            "description": "For how much longer the hold window kept the size."
          },
          "text": {
            "type": "string",
            "description": "The decision in words."
          },
          "by": {
            "type": [
              "string",
              "null"
            ],
            "description": "Who took it by hand, such as `alice (uid 1000, pid 4242)`; not for what the autoscaler decided."
          }
        }
      },
      "Crashes": {
        "type": "object",
        "description": "The last crashes, the oldest first.",
        "required": [
          "crashes"
        ],
        "properties": {
          "crashes": {
            "type": "array",
            "description": "Those that are still kept.",
            "items": {
              "$ref": "#/components/schemas/Crash"
            }
          }
        }
      },
      "Crash": {
        "type": "object",
        "description": "One crash: what ended, why, and what its supervisor did about it.",
        "required": [
          "id",
          "time",
          "child",
          "supervisor",
          "incarnation",
          "reason",
          "cause",
          "charged",
          "action"
        ],
        "properties": {
          "id": {
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "description": "Its number in this life of the daemon, from 1; `ptrctl explain crash ID` shows it.",
            "x-swift-type": "UInt64"
          },
          "time": {
            "type": "string",
            "description": "When it was detected, in UTC.",
            "examples": [
              "2026-01-31T09:30:00.123456Z"
            ]
          },
          "child": {
            "type": "string",
            "description": "What crashed."
          },
          "supervisor": {
            "type": "string",
            "description": "Its supervisor."
          },
          "incarnation": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The incarnation that crashed.",
            "x-swift-type": "UInt64"
          },
          "reason": {
            "type": "string",
            "description": "What it ended with, in words."
          },
          "cause": {
            "type": "string",
            "description": "Whose fault it was.",
            "examples": [
              "message",
              "kill_message",
              "timeout",
              "injected",
              "own"
            ],
            "x-words": "Crash.Cause"
          },
          "charged": {
            "type": "boolean",
            "description": "Whether it was charged to the supervisor's restart budget; what a message does is not."
          },
          "action": {
            "type": "string",
            "description": "What the supervisor did.",
            "examples": [
              "restarted",
              "restarting",
              "gave_up",
              "stopped"
            ],
            "x-words": "Crash.Action"
          },
          "replacement": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "The incarnation that replaced it.",
            "x-swift-type": "UInt64"
          },
          "replaced_in_microseconds": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "From the detection until the replacement ran.",
            "x-swift-type": "Int64"
          },
          "budget": {
            "description": "The supervisor's restart budget after it.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/RestartBudget"
              },
              {
                "type": "null"
              }
            ]
          },
          "message": {
            "description": "The message in hand.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/CrashMessage"
              },
              {
                "type": "null"
              }
            ]
          },
          "pid": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 1,
            "description": "The process id of the worker's body, if that was a process."
          },
          "exit_status": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "The status that this process exited with."
          },
          "signal": {
            "type": [
              "string",
              "null"
            ],
            "description": "The signal that ended it, such as `SEGV`."
          },
          "dumped_core": {
            "type": [
              "boolean",
              "null"
            ],
            "description": "Whether the signal made it leave a core dump."
          },
          "stderr": {
            "type": [
              "array",
              "null"
            ],
            "description": "The last that it wrote to standard error: at most 20 lines and 4 KiB, the oldest first.",
            "items": {
              "type": "string"
            }
          }
        }
      },
      "CrashMessage": {
        "type": "object",
        "description": "What became of the message that a crashed worker had in hand.",
        "required": [
          "sequence",
          "stream",
          "event_id",
          "attempt",
          "max_attempts",
          "fate"
        ],
        "properties": {
          "sequence": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Its number.",
            "x-swift-type": "UInt64"
          },
          "stream": {
            "type": "string",
            "description": "The stream it came from."
          },
          "event_id": {
            "type": "string",
            "description": "Its event id; may be empty."
          },
          "attempt": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Which attempt it was."
          },
          "max_attempts": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many it has."
          },
          "fate": {
            "type": "string",
            "description": "What became of it.",
            "examples": [
              "retried",
              "dealt_again",
              "dead_lettered",
              "killed"
            ],
            "x-words": "CrashMessage.Fate"
          }
        }
      },
      "TapRecord": {
        "type": "object",
        "description": "One live message.",
        "required": [
          "time",
          "stage",
          "sequence",
          "stream",
          "event_id",
          "type",
          "data",
          "bytes"
        ],
        "properties": {
          "time": {
            "type": "string",
            "description": "When, in UTC.",
            "examples": [
              "2026-01-31T09:30:00.123456Z"
            ]
          },
          "stage": {
            "type": "string",
            "description": "What happened to it.",
            "examples": [
              "received",
              "done",
              "failed"
            ],
            "x-words": "TapRecord.Stage"
          },
          "sequence": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Its number.",
            "x-swift-type": "UInt64"
          },
          "stream": {
            "type": "string",
            "description": "The stream it came from."
          },
          "event_id": {
            "type": "string",
            "description": "Its event id; may be empty."
          },
          "type": {
            "type": "string",
            "description": "Its type; `message` if the server named none."
          },
          "attempt": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Which attempt ended; not for `received`."
          },
          "worker": {
            "type": [
              "string",
              "null"
            ],
            "description": "The worker that had it; not for `received`."
          },
          "reason": {
            "type": [
              "string",
              "null"
            ],
            "description": "Why it failed."
          },
          "milliseconds": {
            "type": [
              "number",
              "null"
            ],
            "description": "From receipt until done or failed.",
            "minimum": 0
          },
          "data": {
            "type": "string",
            "description": "Its data, cut to the first 2,048 bytes."
          },
          "bytes": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How long its data is."
          }
        }
      },
      "TapSkipped": {
        "type": "object",
        "description": "How many messages a tap has passed over since it last said so, because more came than it samples.",
        "required": [
          "skipped"
        ],
        "properties": {
          "skipped": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Messages of the stage that were not looked at.",
            "x-swift-type": "UInt64"
          }
        }
      },
      "DeadLetters": {
        "type": "object",
        "description": "Dead letters without their data, the oldest first.",
        "required": [
          "dead_letters",
          "total",
          "total_bytes"
        ],
        "properties": {
          "dead_letters": {
            "type": "array",
            "description": "A page of them.",
            "items": {
              "$ref": "#/components/schemas/DeadLetterSummary"
            }
          },
          "next": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Where the next page begins (`after`); none on the last.",
            "x-swift-type": "Int64"
          },
          "total": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many are stored, whether they match or not."
          },
          "total_bytes": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "What they hold, in bytes."
          }
        }
      },
      "DeadLetterSummary": {
        "type": "object",
        "description": "One dead letter without its data.",
        "required": [
          "id",
          "stream",
          "event_id",
          "type",
          "time",
          "reason",
          "attempts",
          "worker",
          "incarnation",
          "sequence",
          "bytes",
          "preview"
        ],
        "properties": {
          "id": {
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "description": "Its number in the state directory.",
            "x-swift-type": "Int64"
          },
          "stream": {
            "type": "string",
            "description": "The stream it came from."
          },
          "event_id": {
            "type": "string",
            "description": "Its event id; may be empty."
          },
          "type": {
            "type": "string",
            "description": "Its type; `message` if the server named none."
          },
          "time": {
            "type": "string",
            "description": "When it was given up, in UTC.",
            "examples": [
              "2026-01-31T09:30:00.123456Z"
            ]
          },
          "reason": {
            "type": "string",
            "description": "What the last attempt ended with."
          },
          "attempts": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How often it was tried."
          },
          "worker": {
            "type": "string",
            "description": "The worker that had it last."
          },
          "incarnation": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The incarnation of that worker.",
            "x-swift-type": "UInt64"
          },
          "sequence": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Its number in the life of the daemon that gave it up.",
            "x-swift-type": "UInt64"
          },
          "bytes": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How long its data is."
          },
          "preview": {
            "type": "string",
            "description": "The beginning of its data, in one line."
          },
          "identity": {
            "type": [
              "string",
              "null"
            ],
            "description": "What names the event, unchanged by replays, for whoever must not take it twice; left out for one that an older version stored."
          }
        }
      },
      "DeadLetterDetail": {
        "type": "object",
        "description": "One dead letter with its data.",
        "required": [
          "summary",
          "data"
        ],
        "properties": {
          "summary": {
            "description": "All but the data.",
            "$ref": "#/components/schemas/DeadLetterSummary"
          },
          "data": {
            "type": "string",
            "description": "Its data."
          }
        }
      },
      "DeadLetterSelection": {
        "type": "object",
        "description": "Which dead letters are meant: those that match all that is given. At least one of `ids`, `stream`, `text` and `\"all\": true` has to be.",
        "properties": {
          "ids": {
            "type": [
              "array",
              "null"
            ],
            "description": "These.",
            "items": {
              "type": "integer",
              "format": "int64",
              "minimum": 1,
              "maximum": 9223372036854775807,
              "x-swift-type": "Int64"
            }
          },
          "stream": {
            "type": [
              "string",
              "null"
            ],
            "description": "Those of this stream."
          },
          "text": {
            "type": [
              "string",
              "null"
            ],
            "description": "Those with this text, of 1 to 256 bytes, in their data, reason, type or event id.",
            "minLength": 1,
            "maxLength": 256
          },
          "all": {
            "type": [
              "boolean",
              "null"
            ],
            "description": "All; without it, an empty selection is refused.",
            "default": false
          },
          "limit": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 1,
            "description": "At most so many, the oldest first.",
            "maximum": 1000000
          }
        },
        "additionalProperties": false,
        "anyOf": [
          {
            "required": [
              "ids"
            ],
            "properties": {
              "ids": {
                "type": "array"
              }
            }
          },
          {
            "required": [
              "stream"
            ],
            "properties": {
              "stream": {
                "type": "string"
              }
            }
          },
          {
            "required": [
              "text"
            ],
            "properties": {
              "text": {
                "type": "string"
              }
            }
          },
          {
            "required": [
              "all"
            ],
            "properties": {
              "all": {
                "const": true
              }
            }
          }
        ]
      },
      "LogLevelResponse": {
        "type": "object",
        "description": "How much is logged.",
        "required": [
          "level",
          "previous"
        ],
        "properties": {
          "level": {
            "type": "string",
            "description": "The level now."
          },
          "previous": {
            "type": "string",
            "description": "The level before."
          }
        }
      },
      "ScaleRequest": {
        "description": "Pins the number of direct supervisors, or hands it back to the autoscaler.",
        "oneOf": [
          {
            "type": "object",
            "description": "Keep this many direct supervisors.",
            "required": [
              "target"
            ],
            "properties": {
              "target": {
                "type": "integer",
                "format": "int64",
                "minimum": -9223372036854775808,
                "maximum": 9223372036854775807,
                "description": "How many, within `min` and `max` of `[scaling]`; 409 otherwise."
              }
            },
            "additionalProperties": false
          },
          {
            "type": "object",
            "description": "Let the autoscaler decide again.",
            "required": [
              "mode"
            ],
            "properties": {
              "mode": {
                "type": "string",
                "description": "The only mode that can be asked for.",
                "enum": [
                  "auto"
                ]
              }
            },
            "additionalProperties": false
          }
        ],
        "x-swift": "by hand"
      },
      "ScaleResponse": {
        "type": "object",
        "description": "What holds now, and what held before. The daemon answers once the target is set; the tree follows.",
        "required": [
          "mode",
          "target",
          "previous_target",
          "direct_supervisors",
          "min",
          "max"
        ],
        "properties": {
          "mode": {
            "type": "string",
            "description": "The mode that holds now.",
            "examples": [
              "auto",
              "manual"
            ],
            "x-words": "Status.Scaling.Mode"
          },
          "target": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The number of direct supervisors aimed at now."
          },
          "previous_target": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The number aimed at before the request."
          },
          "direct_supervisors": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many direct supervisors live at the moment of the answer."
          },
          "min": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The least number the configuration allows."
          },
          "max": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "The greatest number the configuration allows."
          },
          "automatic": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "What the autoscaler aims at, or would aim at while the number is pinned, by its last decision."
          },
          "note": {
            "type": [
              "string",
              "null"
            ],
            "description": "What the caller should know besides, for example that the daemon is paused."
          }
        }
      },
      "CrashRequest": {
        "type": "object",
        "description": "Crashes one part of the tree on purpose, to see it restart. It is denied unless `[control] fault_injection` is on.",
        "required": [
          "target"
        ],
        "properties": {
          "target": {
            "type": "string",
            "description": "The kind of part.",
            "enum": [
              "worker",
              "direct-supervisor",
              "main-supervisor",
              "flow-manager",
              "receiver"
            ],
            "x-words": "CrashTarget"
          },
          "id": {
            "type": [
              "string",
              "null"
            ],
            "description": "Which one, such as `worker.1.2`; one at random if it is not given.",
            "examples": [
              "worker.1.2"
            ]
          },
          "signal": {
            "type": "string",
            "description": "The signal that the worker's process is sent: a real one. Only of a worker, and only where workers are processes.",
            "enum": [
              "HUP",
              "INT",
              "QUIT",
              "ILL",
              "TRAP",
              "ABRT",
              "BUS",
              "FPE",
              "KILL",
              "USR1",
              "SEGV",
              "USR2",
              "PIPE",
              "ALRM",
              "TERM",
              "CONT",
              "STOP",
              "XCPU",
              "XFSZ",
              "SYS"
            ]
          }
        },
        "additionalProperties": false
      },
      "CrashResponse": {
        "type": "object",
        "description": "What was crashed, and what stands in its place.",
        "required": [
          "target",
          "id",
          "busy"
        ],
        "properties": {
          "target": {
            "type": "string",
            "description": "The kind of part that was crashed.",
            "examples": [
              "worker",
              "direct-supervisor",
              "main-supervisor",
              "flow-manager",
              "receiver"
            ],
            "x-words": "CrashTarget"
          },
          "id": {
            "type": "string",
            "description": "Which one it was."
          },
          "signal": {
            "type": [
              "string",
              "null"
            ],
            "description": "The signal that its process was sent, such as `SEGV`."
          },
          "pid": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 1,
            "description": "The process that was sent it."
          },
          "incarnation_before": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "Its incarnation when it was crashed, if known.",
            "x-swift-type": "UInt64"
          },
          "incarnation_after": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "The incarnation that replaced it, if it is there yet.",
            "x-swift-type": "UInt64"
          },
          "busy": {
            "type": "boolean",
            "description": "Whether it had a message in hand."
          },
          "sequence": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "The sequence number of that message. It is dealt again, and pays no attempt for the injected crash.",
            "x-swift-type": "UInt64"
          },
          "message": {
            "description": "What became of that message; left out if the worker was done with it before it ended.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/CrashMessage"
              },
              {
                "type": "null"
              }
            ]
          },
          "held": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "How many messages were in the hands of the workers that ended with it. All of them are dealt again."
          },
          "crash": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "The number of the crash, for `GET /v1/crashes/{id}`.",
            "x-swift-type": "UInt64"
          },
          "gave_up": {
            "type": [
              "array",
              "null"
            ],
            "description": "The supervisors that gave up over it, from the part's own upwards; left out while the restart budget lasts.",
            "items": {
              "type": "string"
            }
          },
          "restarted_by": {
            "type": [
              "string",
              "null"
            ],
            "description": "The supervisor that started the highest of those again; left out if none did in time, or none gave up."
          },
          "detected_in_microseconds": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "The time from the crash until the supervisor of the part had seen its end, in microseconds, if it was waited for.",
            "x-swift-type": "Int64"
          },
          "replaced_in_microseconds": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "The time from the crash until the replacement stood, in microseconds, if it was waited for.",
            "x-swift-type": "Int64"
          }
        }
      },
      "PauseRequest": {
        "type": "object",
        "description": "Stops reading from one stream or from all of them; what was admitted is worked on.",
        "properties": {
          "stream": {
            "type": [
              "string",
              "null"
            ],
            "description": "The stream; all if it is not given."
          },
          "for_seconds": {
            "type": [
              "number",
              "null"
            ],
            "description": "After how long to go on by itself, more than 0 and at most 30 days; until `resume` if it is not given.",
            "exclusiveMinimum": 0,
            "maximum": 2592000,
            "x-swift-bound": "longest"
          }
        },
        "additionalProperties": false
      },
      "PauseResponse": {
        "type": "object",
        "description": "What a pause, or its end, brought about.",
        "required": [
          "streams",
          "state"
        ],
        "properties": {
          "streams": {
            "type": "array",
            "description": "The streams it was about.",
            "items": {
              "type": "string"
            }
          },
          "state": {
            "type": "string",
            "description": "The state of the daemon after it.",
            "examples": [
              "running",
              "paused",
              "draining",
              "degraded"
            ],
            "x-words": "Status.State"
          },
          "for_seconds": {
            "type": [
              "number",
              "null"
            ],
            "description": "For how long they are paused, if that has an end."
          },
          "note": {
            "type": [
              "string",
              "null"
            ],
            "description": "What the caller should know besides."
          }
        }
      },
      "ResumeRequest": {
        "type": "object",
        "description": "Reads again from one stream or from all of them; a stream that the server told to stop is tried again.",
        "properties": {
          "stream": {
            "type": [
              "string",
              "null"
            ],
            "description": "The stream; all that are paused, if it is not given."
          }
        },
        "additionalProperties": false
      },
      "DrainRequest": {
        "type": "object",
        "description": "Stops reading from all streams and lets the pool finish what it holds. The daemon stays, paused, until it is resumed. There is nothing to say.",
        "additionalProperties": false
      },
      "DrainResponse": {
        "type": "object",
        "description": "What there is to finish. `GET /v1/status` tells how far it is: it is done when nothing is in flight.",
        "required": [
          "in_flight",
          "state"
        ],
        "properties": {
          "in_flight": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "Messages in flight at the moment of the answer."
          },
          "state": {
            "type": "string",
            "description": "The state of the daemon after it.",
            "examples": [
              "running",
              "paused",
              "draining",
              "degraded"
            ],
            "x-words": "Status.State"
          }
        }
      },
      "ReloadRequest": {
        "type": "object",
        "description": "Reads the configuration again and applies what can be applied without a restart. A file that is wrong changes nothing. There is nothing to say.",
        "additionalProperties": false
      },
      "ReloadResponse": {
        "type": "object",
        "description": "What a reload has changed.",
        "required": [
          "changed",
          "needs_restart"
        ],
        "properties": {
          "changed": {
            "type": "array",
            "description": "What was applied.",
            "items": {
              "$ref": "#/components/schemas/Change"
            }
          },
          "needs_restart": {
            "type": "array",
            "description": "What differs from the running configuration and takes effect at the next start only: in each answer, until it is so.",
            "items": {
              "$ref": "#/components/schemas/Change"
            }
          },
          "output": {
            "type": [
              "string",
              "null"
            ],
            "description": "What became of the file that is printed to, which a reload opens anew, in words for people; `null` where it is no file."
          }
        }
      },
      "Change": {
        "type": "object",
        "x-swift-name": "ReloadResponse.Change",
        "description": "One key of the configuration that has another value now.",
        "required": [
          "key"
        ],
        "properties": {
          "key": {
            "type": "string",
            "description": "The key.",
            "examples": [
              "scaling.max",
              "stream.tweets-1"
            ]
          },
          "before": {
            "type": [
              "string",
              "null"
            ],
            "description": "Its value before; `null` for what was added."
          },
          "after": {
            "type": [
              "string",
              "null"
            ],
            "description": "Its value now; `null` for what was removed."
          }
        }
      },
      "LogLevelRequest": {
        "type": "object",
        "description": "Sets how much is logged, until the next start or reload.",
        "required": [
          "level"
        ],
        "properties": {
          "level": {
            "type": "string",
            "description": "The least level that is logged.",
            "enum": [
              "trace",
              "debug",
              "info",
              "notice",
              "warning",
              "error",
              "critical"
            ]
          }
        },
        "additionalProperties": false
      },
      "ReplayRequest": {
        "type": "object",
        "description": "Admits dead letters anew: each counts as received once more, and is no longer stored when it is settled. One that takes longer than a client waits is answered with how far it is, and goes on.",
        "required": [
          "selection"
        ],
        "properties": {
          "selection": {
            "description": "Which.",
            "$ref": "#/components/schemas/DeadLetterSelection"
          },
          "dry_run": {
            "type": [
              "boolean",
              "null"
            ],
            "description": "Only count them.",
            "default": false
          },
          "wait": {
            "type": [
              "boolean",
              "null"
            ],
            "description": "Also while nothing gets done, because the circuit breaker is open, the handler is unavailable or the output takes nothing: they wait for that. Otherwise it is refused then.",
            "default": false
          }
        },
        "additionalProperties": false
      },
      "PurgeRequest": {
        "type": "object",
        "description": "Deletes dead letters for good.",
        "required": [
          "selection"
        ],
        "properties": {
          "selection": {
            "description": "Which.",
            "$ref": "#/components/schemas/DeadLetterSelection"
          },
          "dry_run": {
            "type": [
              "boolean",
              "null"
            ],
            "description": "Only count them.",
            "default": false
          }
        },
        "additionalProperties": false
      },
      "DeadLetterResponse": {
        "type": "object",
        "description": "What a replay or a purge was about. When it is over, `done + refused_count = matched`.",
        "required": [
          "matched",
          "done",
          "refused",
          "dry_run"
        ],
        "properties": {
          "matched": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many dead letters the selection meant; of a replay that goes on, as far as it has come."
          },
          "done": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How many were replayed or deleted; 0 for a dry run."
          },
          "refused": {
            "type": "array",
            "description": "Those that could not be replayed, and why; the first 100.",
            "items": {
              "$ref": "#/components/schemas/Refusal"
            }
          },
          "refused_count": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "How many those are; an older daemon does not say.",
            "x-swift-otherwise": "refused.count"
          },
          "dry_run": {
            "type": "boolean",
            "description": "Whether it was only counted."
          },
          "goes_on": {
            "type": [
              "integer",
              "null"
            ],
            "format": "int64",
            "minimum": 0,
            "description": "The number of a replay that goes on, for `GET /v1/dead-letters/replays/{id}`; left out when it is over.",
            "x-swift-type": "UInt64"
          },
          "error": {
            "type": [
              "string",
              "null"
            ],
            "description": "What ended a replay before it had been through with all; left out where nothing did."
          }
        }
      },
      "Refusal": {
        "type": "object",
        "x-swift-name": "DeadLetterResponse.Refusal",
        "description": "A dead letter that could not be replayed.",
        "required": [
          "id",
          "reason"
        ],
        "properties": {
          "id": {
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "description": "Which.",
            "x-swift-type": "Int64"
          },
          "reason": {
            "type": "string",
            "description": "Why, in words."
          }
        }
      },
      "ErrorResponse": {
        "type": "object",
        "description": "The body of every answer that is not a success.",
        "required": [
          "error"
        ],
        "properties": {
          "error": {
            "description": "The refusal.",
            "$ref": "#/components/schemas/Error"
          }
        },
        "x-swift": "by hand"
      },
      "Error": {
        "type": "object",
        "x-swift-name": "ControlFailure",
        "description": "A refusal.",
        "required": [
          "code",
          "message"
        ],
        "properties": {
          "code": {
            "type": "string",
            "description": "The kind of refusal.",
            "examples": [
              "bad_request",
              "denied",
              "not_found",
              "unknown_route",
              "method_not_allowed",
              "precondition",
              "too_large",
              "rate_limited",
              "internal",
              "unavailable",
              "timed_out"
            ],
            "x-words": "ErrorCode"
          },
          "message": {
            "type": "string",
            "description": "What was wrong, in one sentence."
          },
          "hint": {
            "type": [
              "string",
              "null"
            ],
            "description": "What mends it, if anything does: a command or a setting."
          }
        },
        "x-swift": "by hand"
      },
      "StreamPosition": {
        "type": "object",
        "description": "After which event id a stream goes on.",
        "required": [
          "stream",
          "position",
          "bytes",
          "previous"
        ],
        "properties": {
          "stream": {
            "type": "string",
            "description": "The stream."
          },
          "position": {
            "type": [
              "string",
              "null"
            ],
            "description": "The id, at most its first 8192 bytes; `null`: there is none."
          },
          "bytes": {
            "type": "integer",
            "format": "int64",
            "minimum": 0,
            "description": "How long the id is, in bytes; 0 without one."
          },
          "previous": {
            "type": [
              "string",
              "null"
            ],
            "description": "What it was before it was set or forgotten, cut in the same way; `null` if there was none, and for a question.",
            "x-swift-default": "nil"
          },
          "note": {
            "type": [
              "string",
              "null"
            ],
            "description": "What the caller should know besides, for example that it is not stored yet."
          }
        }
      },
      "SetStreamPositionRequest": {
        "type": "object",
        "description": "Sets the event id after which a stream goes on, and has it begin anew there.",
        "required": [
          "stream",
          "position"
        ],
        "properties": {
          "stream": {
            "type": "string",
            "description": "The stream."
          },
          "position": {
            "type": "string",
            "description": "The id: what the server is asked with, of 1 to 32768 bytes, without the control characters that no header can hold.",
            "minLength": 1,
            "maxLength": 32768,
            "pattern": "^[^\\u0000-\\u0008\\u000A-\\u001F\\u007F]*$"
          }
        },
        "additionalProperties": false
      },
      "ForgetStreamPositionRequest": {
        "type": "object",
        "description": "Forgets the event id after which a stream goes on, and has it begin anew without one.",
        "required": [
          "stream"
        ],
        "properties": {
          "stream": {
            "type": "string",
            "description": "The stream."
          }
        },
        "additionalProperties": false
      },
      "HandOverStreamRequest": {
        "type": "object",
        "description": "Finishes what a stream brought, and gives it up to another daemon that stands by.",
        "required": [
          "stream"
        ],
        "properties": {
          "stream": {
            "type": "string",
            "description": "The stream."
          }
        },
        "additionalProperties": false
      },
      "HandOverResponse": {
        "type": "object",
        "description": "What was given up.",
        "required": [
          "stream"
        ],
        "properties": {
          "stream": {
            "type": "string",
            "description": "The stream."
          }
        }
      }
    },
    "responses": {
      "BadRequest": {
        "description": "`bad_request`: bad JSON, an unknown key or parameter, or a value of the wrong type or out of bounds. It names the place. A head that is no HTTP, or too long, is answered with this status and no body, and the connection is closed.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        }
      },
      "Denied": {
        "description": "`denied`: only root, the user ptrd runs as and the members of `[control] admin_group` may change something.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        }
      },
      "NotFound": {
        "description": "`not_found`: what the request names does not exist. (`unknown_route`: there is no such path.)",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        }
      },
      "MethodNotAllowed": {
        "description": "`method_not_allowed`: the path exists, but not for this method.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        },
        "headers": {
          "Allow": {
            "description": "The methods that it has.",
            "required": true,
            "schema": {
              "type": "string"
            }
          }
        }
      },
      "Precondition": {
        "description": "`precondition`: the present state or the configuration forbids it.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        }
      },
      "TooLarge": {
        "description": "`too_large`: the body is longer than 64 KiB. The connection is closed.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        }
      },
      "RateLimited": {
        "description": "`rate_limited`: more than 2,000 requests a second came from this user.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        },
        "headers": {
          "Retry-After": {
            "description": "After how many seconds to ask again.",
            "required": true,
            "schema": {
              "type": "integer",
              "minimum": 1
            }
          }
        }
      },
      "Internal": {
        "description": "`internal`: a mistake of the daemon.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        }
      },
      "Unavailable": {
        "description": "`unavailable`: the daemon cannot do this now, or too much is asked of it at once.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        }
      },
      "TimedOut": {
        "description": "`timed_out`: the daemon gave up waiting for a part of itself.",
        "content": {
          "application/json": {
            "schema": {
              "$ref": "#/components/schemas/ErrorResponse"
            }
          }
        }
      }
    },
    "x-words": {
      "CrashTarget": {
        "description": "The parts of the tree that can be crashed on purpose. The raw value is what the API and `ptrctl crash` call them.",
        "words": {
          "worker": "One worker; its id is `worker.N.M`.",
          "direct-supervisor": "One direct supervisor, with its workers; its id is `direct_supervisor.N`.",
          "main-supervisor": "The supervisor of the direct supervisors, with all of them.",
          "flow-manager": "The part that admits and settles messages and decides on the size of the pool.",
          "receiver": "The receiver of one stream; its id is the stream's name."
        }
      },
      "Crash.Cause": {
        "description": "Whose fault a crash was.",
        "words": {
          "message": "The message's: its handler threw over it.",
          "kill_message": "A kill message, as it is meant to.",
          "timeout": "The message took longer than workers.timeout.",
          "injected": "An operator's, by `ptrctl crash`.",
          "own": "Its own."
        }
      },
      "Crash.Action": {
        "description": "What a supervisor did about a crash.",
        "words": {
          "restarted": "It started the child again.",
          "restarting": "The child could not be started yet and is tried again.",
          "gave_up": "The budget was spent: it stopped its children and ended.",
          "stopped": "It left the child stopped."
        }
      },
      "CrashMessage.Fate": {
        "description": "What became of a message whose worker crashed.",
        "words": {
          "retried": "It waits out its backoff and is dealt again; the attempt counts.",
          "dealt_again": "It was dealt again at once; the attempt does not count.",
          "dead_lettered": "It had no attempt left.",
          "killed": "It was a kill message."
        }
      },
      "Event.Kind": {
        "description": "What an event is about.",
        "words": {
          "crash": "A part of the tree ended by an error, and what became of it.",
          "scale": "The size of the pool changed, or was pinned.",
          "stream": "A stream went up or down, was paused or has ended.",
          "supervision": "A supervisor gave up, a child was abandoned or could not be restarted.",
          "message": "A message became a dead letter.",
          "breaker": "The circuit breaker opened, tries or closed.",
          "handler": "What the handler needs is down, or there again.",
          "worker": "The process of a worker was started or has ended, broke the protocol, or could not be started.",
          "state": "The state could not be written, or can be again.",
          "control": "Somebody changed something over this API: the audit trail.",
          "daemon": "The daemon as a whole: started, reloaded, draining."
        }
      },
      "Event.Level": {
        "description": "How grave an event is; the words of the log.",
        "words": {
          "debug": "Everyday business.",
          "info": "Worth knowing.",
          "notice": "Worth a look.",
          "warning": "Something is not as it should be.",
          "error": "Something went wrong."
        }
      },
      "Problem.Kind": {
        "description": "What sort of problem it is. Words are only ever added.",
        "words": {
          "stream_down": "A stream has been down for longer than its `down_after`.",
          "all_streams_down": "None of the streams that should be open has been for ten seconds.",
          "stream_refused": "A server refuses a stream in a way that somebody has to do something about: a wrong URL, a page in its place.",
          "stream_failed": "A stream has ended for good by an answer that is no regular end.",
          "breaker_open": "The circuit breaker is open: most messages fail, and intake has paused.",
          "handler_unavailable": "What the handler needs is down, or no worker can be started: what came is held.",
          "workers_cannot_start": "Some workers cannot be started, again and again.",
          "state_unwritable": "Checkpoints and dead letters cannot be stored.",
          "output_blocked": "What is printed to takes nothing: a full disk, a journal that is not there.",
          "format_finds_nothing": "None of the paths of the print format was found in what came of late.",
          "workers_hang": "Many workers hang and were replaced; with some more the tree ends.",
          "listener_broken": "A listener of the daemon is broken, or its path leads elsewhere.",
          "watchdog_late": "A part of the tree does not answer, and systemd is not told that ptrd lives.",
          "books_wrong": "The books of the daemon contradict themselves.",
          "holder_unknown": "It is not known who holds streams that several daemons share: the broker does not answer."
        }
      },
      "Status.State": {
        "description": "What the daemon as a whole does.",
        "words": {
          "running": "Messages are received and worked on.",
          "paused": "Intake is stopped on purpose; what was admitted is still worked on.",
          "draining": "The daemon is stopping and finishes what it has admitted.",
          "degraded": "Something is wrong that the daemon cannot mend alone, such as an open circuit breaker."
        }
      },
      "Status.Scaling.Mode": {
        "description": "Who decides the number of direct supervisors.",
        "words": {
          "auto": "The autoscaler.",
          "manual": "An operator, with `ptrctl scale N`."
        }
      },
      "Status.Stream.State": {
        "description": "What a stream does.",
        "words": {
          "connecting": "Connecting, or waiting for the server's answer.",
          "open": "Connected, and receiving what the server sends.",
          "waiting": "Backing off before the next attempt.",
          "paused": "Not read from, on purpose.",
          "failed": "Told to stop by the server.",
          "finished": "The event came that ends it (`end` of its configuration); it is not asked for again.",
          "standby": "Another daemon reads it; this one stands by."
        }
      },
      "StreamHolder.Role": {
        "description": "What a daemon is to a stream that several share.",
        "words": {
          "holder": "It reads it.",
          "standby": "Another one reads it, or nobody yet.",
          "doubtful": "It has read it, and could not renew that in time: it publishes nothing until it knows who holds it."
        }
      },
      "TapRecord.Stage": {
        "description": "At which point a message is looked at.",
        "words": {
          "received": "It was admitted.",
          "done": "Its handler completed.",
          "failed": "An attempt failed, or crashed its worker."
        }
      },
      "Whole.Part": {
        "description": "What is wanted of each ptrd.",
        "words": {
          "status": "What it has received and done, and what is wrong.",
          "streams": "The same, with all streams.",
          "workers": "The same as `status`, with all workers."
        }
      },
      "TreeNode.Kind": {
        "description": "Whether a child works or supervises.",
        "words": {
          "worker": "It does work.",
          "supervisor": "It supervises others."
        }
      },
      "TreeNode.State": {
        "description": "What a child does.",
        "words": {
          "running": "It runs.",
          "idle": "A worker that waits for a message.",
          "busy": "A worker with a message in hand.",
          "draining": "It gets no more messages, and is stopped when it has finished what it holds.",
          "backing_off": "A worker that could not be started, and waits before it tries again.",
          "starting": "A worker whose body, such as its process, is being started.",
          "stopping": "A worker whose body is being ended.",
          "restarting": "Between two attempts to start it again.",
          "stopped": "It does not run."
        }
      },
      "ErrorCode": {
        "description": "The kinds of refusal the control API knows. The raw value is the `code` of an `ErrorResponse`.  A code decides the HTTP status of the answer and the exit status of `ptrctl`; `table` is the only place that says which.",
        "words": {
          "bad_request": "The request was not understood: bad JSON, an unknown key, a value of the wrong type.",
          "denied": "The caller, or the configuration, does not allow this.",
          "not_found": "What the request names does not exist, such as a worker's id.",
          "unknown_route": "The API has no such path: most likely ptrctl and ptrd are of different versions.",
          "method_not_allowed": "The path exists, but not for this HTTP method.",
          "precondition": "The request is sound, but the present state or configuration forbids it, such as a target above `max`.",
          "too_large": "The request's body is larger than the server reads.",
          "rate_limited": "The caller asks more often than the server answers one user.",
          "internal": "A mistake of the daemon.",
          "unavailable": "The daemon cannot do this now, for example because it is stopping.",
          "timed_out": "The daemon gave up waiting for a part of itself."
        }
      }
    }
  }
}

"""#
}
