defmodule Otp.Worker do
  @moduledoc "Prints one hand after another."

  alias Otp.{Counts, FlowManager, Format, Options}

  @kill_message ~s({"message": panic})

  def child_spec(_), do: %{id: __MODULE__, start: {__MODULE__, :start_link, []}}

  def start_link, do: :proc_lib.start_link(__MODULE__, :init, [])

  def init do
    options = Options.get()

    # A descriptor of its own: no other process stands between it and the file, and appending needs no agreement.
    {:ok, file} = :file.open(options.to, [:raw, :binary, :append, :device])
    FlowManager.ready(self())
    :proc_lib.init_ack({:ok, self()})
    work(file, options)
  end

  defp work(file, %{work: range, format: format} = options) do
    receive do
      {[@kill_message], 1, _} ->
        exit(:kill_message)

      {events, count, received} ->
        if range, do: pretend(range)
        :ok = :file.write(file, Format.render(format, events, received))
        Counts.processed(count)
        FlowManager.done(self())
        work(file, options)
    end
  end

  # As ptrd's pretended work is drawn: normal, six standard deviations between the bounds.
  defp pretend({least, most}) do
    normal = Enum.reduce(1..12, -6.0, fn _, sum -> sum + :rand.uniform() end)
    drawn = (least + most) / 2 + (most - least) / 6 * normal
    Process.sleep(drawn |> max(least) |> min(most) |> round())
  end
end
