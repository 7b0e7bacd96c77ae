defmodule Otp.Receiver do
  @moduledoc """
  Reads one stream and parses it. It reads when it has a place for what it reads: the socket is passive, so that a slow
  pool slows the server.
  """

  alias Otp.{Counts, FlowManager, Options, Parser}

  @read_bytes 256 * 1024

  def child_spec(path), do: %{id: {__MODULE__, path}, start: {__MODULE__, :start_link, [path]}}

  def start_link(path),
    do: :proc_lib.start_link(__MODULE__, :init, [path], :infinity, spawn_options())

  # Room for the binaries of many reads before they are collected.
  defp spawn_options, do: [min_heap_size: 100_000, min_bin_vheap_size: 8_000_000]

  def init(path) do
    :proc_lib.init_ack({:ok, self()})
    options = Options.get()

    {:ok, socket} =
      :gen_tcp.connect(String.to_charlist(options.host), options.port, [
        :binary,
        packet: :raw,
        active: false,
        buffer: @read_bytes,
        recbuf: 4 * 1024 * 1024
      ])

    :ok =
      :gen_tcp.send(socket, [
        "GET ",
        path,
        " HTTP/1.0\r\nHost: ",
        options.host,
        "\r\nAccept: text/event-stream\r\n\r\n"
      ])

    body = head(socket, "")
    read(socket, take(%Parser{}, body, 0))
  end

  defp head(socket, bytes) do
    case :binary.split(bytes, "\r\n\r\n") do
      ["HTTP/1." <> <<_, " 200", _::binary>>, body] ->
        body

      [_] ->
        {:ok, more} = :gen_tcp.recv(socket, 0)
        head(socket, bytes <> more)
    end
  end

  defp read(socket, {parser, unanswered}) do
    case :gen_tcp.recv(socket, 0) do
      {:ok, bytes} -> read(socket, take(parser, bytes, unanswered))
      # The feed has nothing more: a stream that ends is connected again in earnest, here there is nobody to connect to.
      {:error, :closed} -> Process.sleep(:infinity)
    end
  end

  # Two reads may be under way to the flow manager, so that neither waits for the other.
  defp take(parser, bytes, unanswered) do
    {events, count, parser} = Parser.parse(parser, bytes)

    if count == 0 do
      {parser, unanswered}
    else
      Counts.received(count)
      FlowManager.bring(events, count, System.system_time(:microsecond))
      {parser, wait(unanswered + 1)}
    end
  end

  defp wait(unanswered) when unanswered < 2, do: unanswered

  defp wait(unanswered) do
    receive do
      :admitted -> unanswered - 1
    end
  end
end
