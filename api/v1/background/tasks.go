// Package background is the work that goes on behind the requests: tasks, and the
// imports and exports that are done in them. One area of the native API; it puts
// the domain's operations on the wire and knows no other area.
package background

import (
	"io"
	"net/http"
	"slices"
	"time"

	"stoa/api/v1/rest"
	"stoa/api/wire"
	"stoa/app"
	"stoa/app/access"
	"stoa/app/task"
)

// Task is work that goes on in the background.
type Task struct {
	ID          uint64        `json:"id"`
	Type        string        `json:"type" example:"account.export"`
	Title       string        `json:"title" description:"what it is about: a file's name"`
	State       string        `json:"state" enum:"queued,running,retrying,succeeded,dead,stopped"`
	Stopping    bool          `json:"stopping" description:"it was cancelled and its worker has been told"`
	Mine        bool          `json:"mine"`
	Owner       uint64        `json:"owner" description:"account; 0 = the server's own"`
	OwnerName   string        `json:"owner_name"`
	Tenant      uint64        `json:"tenant"`
	Progress    TaskProgress  `json:"progress"`
	Attempts    int           `json:"attempts"`
	MaxAttempts int           `json:"max_attempts"`
	Errors      []TaskFailure `json:"errors" description:"the last attempts that failed, oldest first"`
	Reason      string        `json:"reason" description:"why it is dead: attempts (used up), crashes (three workers in a row were lost), or a text"`
	Result      *TaskResult   `json:"result,omitempty"`
	CreatedAt   time.Time     `json:"created_at"`
	StartedAt   *time.Time    `json:"started_at,omitempty" description:"the last attempt"`
	NextAt      *time.Time    `json:"next_at,omitempty" description:"not before, while it is scheduled or to be tried again"`
	FinishedAt  *time.Time    `json:"finished_at,omitempty"`
	ExpiresAt   *time.Time    `json:"expires_at,omitempty" description:"when a finished task is removed, with its result"`
}

// TaskProgress is how far a task has come.
type TaskProgress struct {
	Done  int64  `json:"done"`
	Total int64  `json:"total" description:"0 = unknown"`
	Text  string `json:"text" description:"a word for what is being done: reading, checking, importing, writing"`
}

// TaskFailure is one attempt that failed.
type TaskFailure struct {
	Attempt int       `json:"attempt"`
	Code    string    `json:"code"`
	Detail  string    `json:"detail"`
	At      time.Time `json:"at"`
}

// TaskResult is what came of a task.
type TaskResult struct {
	Name string `json:"name" description:"of the file that its owner fetches from /v1/tasks/{id}/result; empty = none"`
	Size int64  `json:"size" description:"bytes"`
}

// TaskQuery selects tasks.
type TaskQuery struct {
	rest.Listing
	State  string `query:"state" enum:"queued,running,retrying,succeeded,dead,stopped"`
	Type   string `query:"type"`
	Mine   bool   `query:"mine" description:"one's own alone"`
	Active bool   `query:"active" description:"those that have not finished"`
}

type handlers struct{ app *app.App }

// Routes are the area's calls.
func Routes(a *app.App) []wire.Route {
	h := handlers{a}
	return slices.Concat(h.taskRoutes(), h.importRoutes(), h.exportRoutes())
}

func (h handlers) taskRoutes() []wire.Route {
	const tag, one = "tasks", "/v1/tasks/{id}"
	return []wire.Route{
		{Method: "GET", Path: "/v1/tasks", Name: "v1.tasks.list", Handle: h.taskList, Query: TaskQuery{}, Out: rest.Page[Task]{}, Long: true, Tag: tag,
			Summary: "List tasks: one's own, and with task.read those in scope"},
		{Method: "GET", Path: one, Name: "v1.tasks.get", Handle: h.getTask, Out: Task{}, Tag: tag, Summary: "Read a task"},
		{Method: "POST", Path: one + "/cancel", Name: "v1.tasks.cancel", Handle: h.cancelTask, Out: Task{}, Tag: tag,
			Summary: "Stop a task; others' with task.write"},
		{Method: "POST", Path: one + "/requeue", Name: "v1.tasks.requeue", Handle: h.requeueTask, Out: Task{}, Tag: tag,
			Summary: "Begin a task again that failed or was stopped, or at once that waits"},
		{Method: "DELETE", Path: one, Name: "v1.tasks.delete", Handle: h.deleteTask, Status: http.StatusNoContent, Tag: tag,
			Summary: "Remove a finished task with its result"},
		{Method: "GET", Path: one + "/result", Name: "v1.tasks.result", Handle: h.taskResult, Long: true, Tag: tag,
			Summary: "Fetch the file that came of one's own task"},
	}
}

func (h handlers) taskList(c *wire.Call) (any, error) {
	var q TaskQuery
	if err := c.Bind(&q); err != nil {
		return nil, err
	}
	return rest.List[Task]{Name: "tasks", Columns: taskColumns, Fetch: func(at rest.Listing) (rest.Page[Task], error) {
		page, err := h.app.Task.List(c.Ctx(), c.Actor, task.Filter{Phase: task.Phase(q.State), Type: q.Type, Mine: q.Mine, Active: q.Active,
			Page: at.Page, Limit: at.Limit, Cursor: at.Cursor})
		if err != nil {
			return rest.Page[Task]{}, err
		}
		items := make([]Task, len(page.Items))
		for i := range page.Items {
			items[i] = show(c.Actor, &page.Items[i])
		}
		return rest.Page[Task]{Items: items, Total: page.Total, TotalCapped: page.Capped, Next: page.Next}, nil
	}}.Serve(c, q.Listing)
}

var taskColumns = []rest.Column[Task]{
	rest.Col("id", "编号", func(t *Task) any { return t.ID }),
	rest.Col("type", "类型", func(t *Task) any { return t.Type }),
	rest.Col("title", "内容", func(t *Task) any { return t.Title }),
	rest.Col("state", "状态", func(t *Task) any { return t.State }),
	rest.Col("owner", "发起人", func(t *Task) any { return t.OwnerName }),
	rest.Col("attempts", "次数", func(t *Task) any { return t.Attempts }),
	rest.Col("reason", "原因", func(t *Task) any { return t.Reason }),
	rest.Col("created_at", "创建时间", func(t *Task) any { return t.CreatedAt }),
	rest.Col("finished_at", "完成时间", func(t *Task) any { return rest.Stamp(t.FinishedAt) }),
}

func show(by access.Actor, t *task.Task) Task {
	out := Task{ID: t.ID, Type: t.Type, Title: t.Title, State: string(t.Phase()), Stopping: t.Stop, Owner: t.Owner, OwnerName: t.OwnerName,
		Mine: by.Account != 0 && t.Owner == by.Account, Tenant: t.Tenant, Progress: TaskProgress(t.Progress), Attempts: t.Attempts,
		MaxAttempts: t.MaxAttempts, Errors: make([]TaskFailure, len(t.Errors)), Reason: t.Reason, CreatedAt: t.Created.UTC(),
		StartedAt: rest.Moment(t.Started), NextAt: rest.Moment(t.At), FinishedAt: rest.Moment(t.Finished), ExpiresAt: rest.Moment(t.Expires)}
	for i, f := range t.Errors {
		out.Errors[i] = TaskFailure{Attempt: f.Attempt, Code: f.Code, Detail: f.Text, At: f.At.UTC()}
	}
	if t.Result != nil {
		out.Result = &TaskResult{Name: t.Result.Name, Size: t.Result.Size}
	}
	return out
}

func (h handlers) getTask(c *wire.Call) (any, error) { return h.one(c, h.app.Task.Get) }

func (h handlers) cancelTask(c *wire.Call) (any, error) { return h.one(c, h.app.Task.Cancel) }

func (h handlers) requeueTask(c *wire.Call) (any, error) { return h.one(c, h.app.Task.Requeue) }

func (h handlers) deleteTask(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	return wire.NoContent{}, h.app.Task.Delete(c.Ctx(), c.Actor, id)
}

func (h handlers) taskResult(c *wire.Call) (any, error) {
	id, err := c.ID("id")
	if err != nil {
		return nil, err
	}
	r, err := h.app.Task.ResultOf(c.Ctx(), c.Actor, id)
	if err != nil {
		return nil, err
	}
	f, err := h.app.Shelf.Open(r.File)
	if err != nil {
		return nil, err
	}
	return wire.File{Name: r.Name, Type: r.Type, Size: r.Size, Write: func(w io.Writer) error {
		defer f.Close()
		_, err := io.Copy(w, f)
		return err
	}}, nil
}
