defmodule Otp.FlowManager do
  @moduledoc """
  Admits what the window lets in, deals it to idle workers, first come first served, and settles it.

  A worker that ends with a hand gives it back to the head of the queue; with a kill message it takes that along.
  """
  use GenServer, restart: :permanent

  alias Otp.{Counts, MainSupervisor, Options, Scaling}

  @kill_message ~s({"message": panic})

  def start_link(_),
    do:
      GenServer.start_link(__MODULE__, nil, name: __MODULE__, spawn_opt: [min_heap_size: 50_000])

  @doc "Brings what a read gave. It is answered with `:admitted` when there is room for the next."
  def bring(events, count, received),
    do: send(__MODULE__, {:events, self(), events, count, received})

  @doc "Says that a worker is there, and wants a hand."
  def ready(worker), do: send(__MODULE__, {:ready, worker})

  @doc "Says that a worker has done its hand, and wants the next."
  def done(worker), do: send(__MODULE__, {:done, worker})

  def status, do: GenServer.call(__MODULE__, :status, :infinity)

  @doc "One of the workers, at random."
  def any_worker, do: GenServer.call(__MODULE__, :any_worker, :infinity)

  @doc "Tells `watcher` from now on of each worker that is there."
  def watch(watcher), do: GenServer.call(__MODULE__, {:watch, watcher}, :infinity)

  @impl true
  def init(_) do
    Process.flag(:message_queue_data, :off_heap)
    options = Options.get()
    for _ <- 1..options.min, do: MainSupervisor.add()
    Process.send_after(self(), :tick, 250)

    {:ok,
     %{
       options: options,
       queue: :queue.new(),
       idle: :queue.new(),
       # Worker to the monitor on it and its hand.
       workers: %{},
       in_flight: 0,
       # Receivers that wait for room.
       waiting: [],
       scaling: Scaling.new(options),
       supervisors: options.min,
       watcher: nil
     }}
  end

  @impl true
  def handle_info({:events, from, events, count, received}, state) do
    hands = hands(events, count, received, state.options.batch)
    queue = Enum.reduce(hands, state.queue, &:queue.in/2)
    state = deal(%{state | queue: queue, in_flight: state.in_flight + count})
    {:noreply, admit(%{state | waiting: [from | state.waiting]})}
  end

  def handle_info({:done, worker}, state) do
    {monitor, {_, count, _}} = Map.fetch!(state.workers, worker)
    state = %{state | in_flight: state.in_flight - count}
    {:noreply, state |> idle(worker, monitor) |> admit()}
  end

  def handle_info({:ready, worker}, state) do
    if state.watcher, do: send(state.watcher, {:ready, worker})
    {:noreply, idle(state, worker, Process.monitor(worker))}
  end

  def handle_info({:DOWN, _, :process, worker, reason}, state) do
    {{_, hand}, workers} = Map.pop!(state.workers, worker)
    state = %{state | workers: workers}

    case {hand, reason} do
      {nil, _} ->
        {:noreply, state}

      {{_, count, _}, :kill_message} ->
        Counts.killed()
        {:noreply, admit(%{state | in_flight: state.in_flight - count})}

      {hand, _} ->
        {:noreply, deal(%{state | queue: :queue.in_r(hand, state.queue)})}
    end
  end

  def handle_info(:tick, state) do
    Process.send_after(self(), :tick, 250)
    {wanted, scaling} = Scaling.decide(state.scaling, state.in_flight, state.supervisors)
    # Not from here: whoever starts workers would wait for us.
    if wanted > state.supervisors, do: MainSupervisor.add_later(wanted - state.supervisors)
    {:noreply, %{state | scaling: scaling, supervisors: max(wanted, state.supervisors)}}
  end

  @impl true
  def handle_call(:status, _, state) do
    [received, processed, killed] = Counts.get()

    {:reply,
     [
       received: received,
       processed: processed,
       killed: killed,
       in_flight: state.in_flight,
       workers: map_size(state.workers)
     ], state}
  end

  def handle_call(:any_worker, _, state),
    do: {:reply, state.workers |> Map.keys() |> Enum.random(), state}

  def handle_call({:watch, watcher}, _, state), do: {:reply, :ok, %{state | watcher: watcher}}

  defp idle(state, worker, monitor) do
    case :queue.out(state.queue) do
      {{:value, hand}, queue} ->
        send(worker, hand)
        %{state | queue: queue, workers: Map.put(state.workers, worker, {monitor, hand})}

      {:empty, _} ->
        %{
          state
          | idle: :queue.in(worker, state.idle),
            workers: Map.put(state.workers, worker, {monitor, nil})
        }
    end
  end

  defp deal(state) do
    with {{:value, worker}, idle} <- :queue.out(state.idle),
         {{:value, hand}, queue} <- :queue.out(state.queue) do
      case state.workers do
        %{^worker => {monitor, nil}} ->
          send(worker, hand)

          deal(%{
            state
            | idle: idle,
              queue: queue,
              workers: %{state.workers | worker => {monitor, hand}}
          })

        # It has ended since.
        _ ->
          deal(%{state | idle: idle})
      end
    else
      _ -> state
    end
  end

  defp admit(%{in_flight: in_flight, options: %{window: window}, waiting: [_ | _]} = state)
       when in_flight < window do
    for receiver <- state.waiting, do: send(receiver, :admitted)
    %{state | waiting: []}
  end

  defp admit(state), do: state

  # A kill message is dealt alone, so that it takes nothing else along.
  defp hands(events, _, received, 1), do: for(event <- events, do: {[event], 1, received})

  defp hands(events, count, received, batch) do
    if count <= batch and not Enum.any?(events, &(&1 == @kill_message)) do
      [{events, count, received}]
    else
      events
      |> Enum.chunk_by(&(&1 == @kill_message))
      |> Enum.flat_map(fn
        [@kill_message | _] = kills -> Enum.map(kills, &[&1])
        others -> Enum.chunk_every(others, batch)
      end)
      |> Enum.map(&{&1, length(&1), received})
    end
  end
end
