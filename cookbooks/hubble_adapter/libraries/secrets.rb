# frozen_string_literal: true

module HubbleAdapter
  # Where the recipe takes secrets from: node.run_state['hubblecast_secrets'], which a wrapper cookbook fills from its own
  # store and which is never saved; else one file a secret in a folder of root's. The resource knows nothing of this.
  class Secrets
    STATE = 'hubblecast_secrets'

    def initialize(node, folder)
      @node = node
      @folder = folder
    end

    # @param name [String] such as `adapter.password`
    # @return [String]
    # @raise [ArgumentError] that says where it is looked for
    def fetch(name)
      given = @node.run_state[STATE] || {}
      given[name] || from_file(name) ||
        raise(ArgumentError, "no secret #{name}: set node.run_state['#{STATE}']['#{name}'], or write it to #{path(name)} (mode 0600)")
    end

    private

    def path(name)
      File.join(@folder, name)
    end

    def from_file(name)
      return unless File.file?(path(name))
      raise ArgumentError, "#{path(name)} is open to every user of this machine: chmod 0600" unless (File.stat(path(name)).mode & 0o007).zero?

      File.read(path(name)).chomp
    end
  end
end
